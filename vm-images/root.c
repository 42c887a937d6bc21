/* SPDX-License-Identifier: MIT */
/*
 * What is in the root of one run. The order matters: later entries replace earlier ones, so
 * overlays come last.
 */
#include "vm-images/root.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm-images/child.h"
#include "vm-images/file.h"
#include "vm-images/protocol.h"

struct run_text {
	char *data;
	size_t len;
	FILE *out;
};

/* One item of the run file. */
static void say(struct run_text *text, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct run_text *text, const char *key, const char *format, ...)
{
	va_list args;

	fprintf(text->out, "%s=", key);
	va_start(args, format);
	vfprintf(text->out, format, args);
	va_end(args);
	fputc('\0', text->out);
}

static int add_from(struct image *image, const char *folder, const char *name, const char *guest,
		    struct guest_error *error)
{
	char *host = file_text("%s/%s", folder, name);
	int result =
		host ? image_add(image, host, guest, error) : guest_fail(error, "out of memory");

	free(host);
	return result;
}

static int add_init(struct image *image, const struct guest *g, struct guest_error *error)
{
	char *path = file_text("%s/init.%s", g->base, g->arch);
	int result;

	if (path && access(path, R_OK))
		result = guest_fail(error, "no /init for guests of %s: build %s (make)", g->arch,
				    path);
	else
		result = path ? image_add(image, path, "/init", error)
			      : guest_fail(error, "out of memory");
	free(path);
	return result;
}

/* The names of busybox as links: /bin/ls -> /bin/busybox. The guest's may be for another machine:
 * the one of this machine tells them. */
static int add_busybox(struct image *image, const struct guest *g, struct guest_error *error)
{
	struct child_args args = {0};
	char *names = NULL, *rest, *name;
	int result;

	child_args_split(&args, "/bin/busybox --list-full");
	if (add_from(image, g->dir, "root/bin/busybox", "/bin/busybox", error) ||
	    child_run(&args, NULL, &names, error)) {
		child_args_free(&args);
		return -1;
	}
	result = 0;
	rest = names;
	while (result == 0 && (name = strsep(&rest, "\n"))) {
		char *path = *name ? file_text("/%s", name) : NULL;

		if (path && strcmp(path, "/bin/busybox") != 0)
			result = image_add_link(image, path, "/bin/busybox", error);
		free(path);
	}
	free(names);
	return result;
}

/* `listing` is what modprobe would do: "insmod PATH [OPTIONS]" or "builtin NAME" a line, in order.
 */
static int add_listed_modules(struct image *image, struct run_text *text, char *listing,
			      struct guest_error *error)
{
	char *line;

	while ((line = strsep(&listing, "\n"))) {
		char *path = strchr(line, '/'), *guest;
		int result;

		if (strncmp(line, "insmod ", 7) != 0 || !path)
			continue;
		path[strcspn(path, " ")] = '\0';
		guest = file_text("/lib/modules/%s", strrchr(path, '/') + 1);
		if (!guest)
			return guest_fail(error, "out of memory");
		result = image_add(image, path, guest, error);
		say(text, "module", "%s", guest);
		free(guest);
		if (result)
			return -1;
	}
	return 0;
}

static int add_modules(struct image *image, struct run_text *text, const struct guest *g,
		       struct guest_error *error)
{
	char *release, *listing = NULL;
	struct child_args args = {0};
	int result;

	if (!*g->modules)
		return 0; /* modprobe wants at least one */
	release = guest_release(g);
	if (!release)
		return guest_fail(error, "%s has no kernel modules", g->name);
	child_args_split(&args, "/sbin/modprobe --show-depends --all -C /dev/null");
	child_args_add(&args, "--dirname=%s/root", g->dir);
	child_args_add(&args, "--set-version=%s", release);
	free(release);
	child_args_split(&args, g->modules);
	result = child_run(&args, NULL, &listing, error);
	if (result == 0)
		result = add_listed_modules(image, text, listing, error);
	free(listing);
	return result;
}

static int add_callers(struct image *image, const struct guest_run *run, struct guest_error *error)
{
	for (size_t i = 0; i < run->files_n; i++)
		if (image_add(image, run->files[i].host, run->files[i].guest, error))
			return -1;
	for (const char *const *overlay = run->overlays; overlay && *overlay; overlay++)
		if (image_add(image, *overlay, "/", error))
			return -1;
	return 0;
}

static void say_rest(struct run_text *text, const struct guest_run *run)
{
	say(text, "hostname", "%s", run->hostname ? run->hostname : "guest");
	if (run->interactive)
		say(text, "interactive", "1");
	for (const char *const *variable = run->environment; variable && *variable; variable++)
		say(text, "env", "%s", *variable);
	for (const char *const *arg = run->command; *arg; arg++)
		say(text, "arg", "%s", *arg);
	if (run->last_pid > 0) /* late: loading a module may start processes */
		say(text, "last_pid", "%ld", (long)run->last_pid);
}

static int add_run_file(struct image *image, struct run_text *text, struct guest_error *error)
{
	bool written = !ferror(text->out) && fflush(text->out) == 0;

	if (!written)
		return guest_fail(error, "out of memory");
	if (text->len > RUN_FILE_MAX)
		return guest_fail(error, "the command and its environment are longer than %d bytes",
				  RUN_FILE_MAX);
	return image_add_data(image, RUN_FILE, 0600, text->data, text->len, error);
}

int root_fill(struct image *image, const struct guest *g, const struct guest_run *run,
	      struct guest_error *error)
{
	struct run_text text = {.data = NULL};
	char *own = file_text("%s/vm-images/root", g->top);
	int result = -1;

	text.out = open_memstream(&text.data, &text.len);
	if (!text.out || !own) {
		guest_fail(error, "out of memory");
		goto out;
	}
	if (add_init(image, g, error) || add_busybox(image, g, error) ||
	    image_add(image, own, "/", error) || image_add_dir(image, "/root", 0700, error) ||
	    image_add_dir(image, "/var/log", 0755, error) || add_modules(image, &text, g, error) ||
	    add_callers(image, run, error))
		goto out;
	say(&text, "results", "%s", g->results); /* the port may be a module's */
	say_rest(&text, run);
	if (add_run_file(image, &text, error) == 0)
		result = image_finish(image, error);
out:
	if (text.out)
		fclose(text.out);
	free(text.data);
	free(own);
	return result;
}
