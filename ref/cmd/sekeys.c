/* SPDX-License-Identifier: MIT */
/*
 * sekeys: the keys by which hosts know each other. Makes the key of this host, shows the line that
 * other hosts need to know it by, and keeps the list of those this one knows. Not for who may do
 * what from there: that are rules of class TERMINAL.
 */
#include "ref/store/product.h"
#include "ref/wire/key.h"

#include <errno.h>
#include <string.h>

static const char usage[] = "Usage: sekeys -make | -show | -list | -trust HOST KEY | -forget HOST\n"
			    "  -make    make the key of this host, and print what -show prints\n"
			    "  -show    print the name and the key of this host\n"
			    "  -list    print the hosts this one knows, and their keys\n"
			    "  -trust   know a host by a key, as -show prints it there\n"
			    "  -forget  know it no longer\n";

static int failed(struct program_run *run, const char *what, const char *why)
{
	fprintf(run->err, "sekeys: %s: %s\n", what, why);
	return EXIT_REFUSED;
}

static const char *host_name(struct program_run *run)
{
	static char name[PLATFORM_NAME_MAX];

	if (run->platform->ops->host_name(run->platform, name, sizeof(name)))
		snprintf(name, sizeof(name), "localhost");
	return name;
}

static void print_key(struct program_run *run, const unsigned char key[PLATFORM_KEY_BYTES])
{
	char text[KEY_TEXT_MAX];

	key_format(key, text);
	fprintf(run->out, "%s %s\n", host_name(run), text);
}

static int make(struct program_run *run)
{
	unsigned char key[PLATFORM_KEY_BYTES];
	int error = product_folder(run->platform, "/etc", 0755);

	if (!error)
		error = key_make(run->platform, host_name(run), key);
	if (error == -EEXIST)
		return failed(run, KEY_PRIVATE,
			      "there is a key: who knows this host by it would no longer; remove "
			      "it to make another");
	if (error)
		return failed(run, "the key cannot be made", strerror(-error));
	print_key(run, key);
	return EXIT_DONE;
}

static int with_keys(struct program_run *run, int (*act)(struct program_run *, struct keys *))
{
	struct keys keys;
	int error = key_load(run->platform, &keys);
	int status;

	if (error == -ENOENT)
		return failed(run, KEY_PRIVATE, "there is no key yet: run sekeys -make");
	if (error)
		return failed(run, "the keys cannot be read", strerror(-error));
	status = act(run, &keys);
	key_free(&keys);
	return status;
}

static int show(struct program_run *run, struct keys *keys)
{
	unsigned char key[PLATFORM_KEY_BYTES];

	if (key_own(keys, key))
		return failed(run, KEY_CERTIFICATE, "it is damaged");
	print_key(run, key);
	return EXIT_DONE;
}

static int list(struct program_run *run, struct keys *keys)
{
	fputs(keys->hosts, run->out);
	return EXIT_DONE;
}

static bool is_name(const char *host)
{
	return *host && strlen(host) < PLATFORM_NAME_MAX &&
	       host[strspn(host,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] ==
		       '\0';
}

static int trust(struct program_run *run, const char *host, const char *text)
{
	unsigned char key[PLATFORM_KEY_BYTES];
	int error;

	if (!is_name(host))
		return failed(run, host, "this is no name of a host");
	if (!key_parse(text, key))
		return failed(run, text, "this is no key: use the one sekeys -show prints there");
	error = product_folder(run->platform, "/etc", 0755);
	if (!error)
		error = key_trust(run->platform, host, key);
	if (error == -EEXIST)
		return failed(run, host, "another host is known by this key");
	return error ? failed(run, host, strerror(-error)) : EXIT_DONE;
}

static int forget(struct program_run *run, const char *host)
{
	int error = key_forget(run->platform, host);

	if (error == -ENOENT)
		return failed(run, host, "it is not known");
	return error ? failed(run, host, strerror(-error)) : EXIT_DONE;
}

static int sekeys_main(struct program_run *run, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc == 2 && !strcmp(verb, "-h")) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (run->platform->ops->uid(run->platform) != 0)
		return failed(run, "keys of hosts", "only root can use them");
	if (argc == 2 && !strcmp(verb, "-make"))
		return make(run);
	if (argc == 2 && !strcmp(verb, "-show"))
		return with_keys(run, show);
	if (argc == 2 && !strcmp(verb, "-list"))
		return with_keys(run, list);
	if (argc == 4 && !strcmp(verb, "-trust"))
		return trust(run, argv[2], argv[3]);
	if (argc == 3 && !strcmp(verb, "-forget"))
		return forget(run, argv[2]);
	fputs(usage, run->err);
	return EXIT_USAGE;
}

const struct program sekeys_program = {"sekeys", sekeys_main, NULL};
