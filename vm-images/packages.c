/* SPDX-License-Identifier: MIT */
/*
 * From Debian packages to the parts of a guest. APT works on lists and a cache of its own below the
 * guest's folder, so any suite and architecture can be fetched on any host, by any user, and the
 * host's own package state is never touched. Not for what goes into the root of a run: that is
 * image.c.
 */
#include "vm-images/packages.h"

#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm-images/child.h"
#include "vm-images/file.h"
#include "vm-images/vmlinux.h"

#define PACKAGES_MAX     32
#define PACKAGE_NAME_MAX 64
#define KEYRING          "/usr/share/keyrings/debian-archive-keyring.gpg"

/* Debian's name of the machine this runs on, for the programs that modules are built with. */
#if defined(__x86_64__)
#define HOST_ARCH "amd64"
#elif defined(__aarch64__)
#define HOST_ARCH "arm64"
#elif defined(__s390x__)
#define HOST_ARCH "s390x"
#elif defined(__i386__)
#define HOST_ARCH "i386"
#else
#error "Debian's name of this architecture is not known here: add it"
#endif

/* Only these follow as dependencies: a guest needs a kernel's parts, not the distribution around
 * them. */
static const char *const followed[] = {"linux-image-", "linux-headers-", "linux-kbuild-"};

struct package_list {
	char v[PACKAGES_MAX][PACKAGE_NAME_MAX];
	size_t n;
};

static bool is_followed(const char *name)
{
	for (size_t i = 0; i < sizeof(followed) / sizeof(followed[0]); i++)
		if (!strncmp(name, followed[i], strlen(followed[i])))
			return true;
	return false;
}

static int list_add(struct package_list *list, const char *name, struct guest_error *error)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], name))
			return 0;
	if (list->n == PACKAGES_MAX || strlen(name) >= PACKAGE_NAME_MAX)
		return guest_fail(error, "too many packages for one guest, or too long a name: %s",
				  name);
	strncpy(list->v[list->n++], name, PACKAGE_NAME_MAX - 1);
	return 0;
}

static void add_apt(struct child_args *args, const struct guest *g, const char *program)
{
	child_args_add(args, "%s", program);
	child_args_add(args, "-oDir::Etc::SourceList=%s/apt/sources.list", g->dir);
	child_args_add(args, "-oDir::Etc::SourceParts=/dev/null");
	child_args_add(args, "-oDir::State::Lists=%s/apt/lists", g->dir);
	child_args_add(args, "-oDir::State::Status=%s/apt/status", g->dir);
	child_args_add(args, "-oDir::Cache=%s/apt/cache", g->dir);
	child_args_add(args, "-oAPT::Architecture=%s", g->arch);
	child_args_add(args, "-oAPT::Architectures=%s," HOST_ARCH, g->arch);
	if (strstr(g->suite, "-backports")) /* else what is not in the release as well only */
		child_args_add(args, "-oAPT::Default-Release=%s", g->suite);
	child_args_add(args, "-oAPT::Sandbox::User=");
	child_args_add(args, "-oAcquire::Languages=none");
	child_args_add(args, "-oAcquire::Retries=3");
}

/* What a release is fetched from. Backports have no security archive of their own, and are not
 * complete without their release. */
static char *sources_of(const struct guest *g, bool security)
{
	static const char line[] =
		"deb [signed-by=" KEYRING "] http://deb.debian.org/%s %.*s%s main\n";
	const char *tail = strstr(g->suite, "-backports");
	int len = (int)(tail ? (size_t)(tail - g->suite) : strlen(g->suite));
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	fprintf(out, line, "debian", len, g->suite, "");
	if (tail)
		fprintf(out, line, "debian", len, g->suite, tail);
	if (security)
		fprintf(out, line, "debian-security", len, g->suite, "-security");
	if (fclose(out)) {
		free(text);
		text = NULL;
	}
	return text;
}

static int update_from(const struct guest *g, bool security, struct guest_error *error)
{
	struct child_args args = {0};
	char *sources = sources_of(g, security);
	int result = sources ? file_write(error, sources, "%s/apt/sources.list", g->dir)
			     : guest_fail(error, "out of memory");

	free(sources);
	if (result)
		return -1;
	add_apt(&args, g, "apt-get");
	child_args_split(&args, "-qq -oAPT::Update::Error-Mode=any update");
	return child_run(&args, NULL, NULL, error);
}

/* The security archive of an architecture that few use can be out of step for days; a guest from
 * the release alone is as good for tests. */
static int update_lists(const struct guest *g, struct guest_error *error)
{
	if (file_make_dirs(error, "%s/apt/lists/partial", g->dir) ||
	    file_make_dirs(error, "%s/apt/cache/archives/partial", g->dir) ||
	    file_write(error, "", "%s/apt/status", g->dir))
		return -1;
	if (update_from(g, true, error) == 0)
		return 0;
	fprintf(stderr, "guest: %s: trying without the security archive\n", g->name);
	return update_from(g, false, error);
}

/* Adds a kernel package that another depends on; programs come for this machine. */
static int list_follow(const struct guest *g, struct package_list *list, char *name,
		       struct guest_error *error)
{
	bool program = !strncmp(name, "linux-kbuild-", strlen("linux-kbuild-"));
	char *qualified;
	int result;

	name[strcspn(name, ":")] = '\0';
	if (!program || !strcmp(g->arch, HOST_ARCH))
		return list_add(list, name, error);
	qualified = file_text("%s:" HOST_ARCH, name);
	result = qualified ? list_add(list, qualified, error) : guest_fail(error, "out of memory");
	free(qualified);
	return result;
}

/* Adds the kernel packages that `name` depends on; of alternatives the first. */
static int follow(const struct guest *g, struct package_list *list, const char *name,
		  struct guest_error *error)
{
	struct child_args args = {0};
	char *output, *rest, *line;
	bool alternative = false;
	int result = 0;

	add_apt(&args, g, "apt-cache");
	child_args_split(&args, "--important depends");
	child_args_add(&args, "%s", name);
	if (child_run(&args, NULL, &output, error))
		return -1;
	rest = output;
	while (result == 0 && (line = strsep(&rest, "\n"))) {
		char *target = strstr(line, "Depends: ");

		if (!target)
			continue;
		if (!alternative && is_followed(target + 9))
			result = list_follow(g, list, target + 9, error);
		alternative = strchr(line, '|') && strchr(line, '|') < target;
	}
	free(output);
	return result;
}

static int find_packages(const struct guest *g, struct package_list *list,
			 struct guest_error *error)
{
	char *words = file_text("%s %s", g->packages, g->libraries), *rest = words, *word;
	int result = words ? 0 : guest_fail(error, "out of memory");

	while (result == 0 && (word = strsep(&rest, " \t")))
		if (*word)
			result = list_add(list, word, error);
	free(words);
	for (size_t i = 0; result == 0 && i < list->n; i++)
		if (is_followed(list->v[i]))
			result = follow(g, list, list->v[i], error);
	return result;
}

static int download(const struct guest *g, const struct package_list *list,
		    struct guest_error *error)
{
	struct child_args args = {0};
	char *dir = file_text("%s/deb", g->dir);
	int result;

	if (!dir)
		return guest_fail(error, "out of memory");
	result = file_make_dirs(error, "%s", dir);
	if (result == 0) {
		add_apt(&args, g, "apt-get");
		child_args_split(&args, "-qq download");
		for (size_t i = 0; i < list->n; i++)
			child_args_add(&args, "%s", list->v[i]);
		result = child_run(&args, dir, NULL, error);
	}
	free(dir);
	return result;
}

static int unpack_one(const struct guest *g, const char *deb, struct guest_error *error)
{
	struct child_args args = {0};

	child_args_split(&args, "dpkg-deb -x");
	child_args_add(&args, "%s", deb);
	child_args_add(&args, "%s/root", g->dir);
	return child_run(&args, NULL, NULL, error);
}

static int unpack(const struct guest *g, struct guest_error *error)
{
	char *pattern = file_text("%s/deb/*.deb", g->dir);
	glob_t debs = {.gl_pathc = 0};
	int result = -1;

	if (!pattern || glob(pattern, 0, NULL, &debs))
		guest_fail(error, "no packages in %s/deb", g->dir);
	else
		result = file_make_dirs(error, "%s/root", g->dir);
	for (size_t i = 0; result == 0 && i < debs.gl_pathc; i++)
		result = unpack_one(g, debs.gl_pathv[i], error);
	globfree(&debs);
	free(pattern);
	return result;
}

/* The headers refer to each other by the path they would be installed at; a relative one works
 * wherever they lie. */
static int fix_headers(const struct guest *g, const char *release, struct guest_error *error)
{
	static const char include[] = "include /usr/src/";
	char *path = file_text("%s/root/usr/src/linux-headers-%s/Makefile", g->dir, release);
	char *text = path ? file_load(error, path) : NULL, *fixed = NULL;
	int result = -1;

	if (text && strncmp(text, include, sizeof(include) - 1) != 0)
		guest_fail(error,
			   "%s does not begin with \"%s\": the packaging of headers has changed",
			   path, include);
	else if (text)
		fixed = file_text("include $(dir $(lastword $(MAKEFILE_LIST)))../%s",
				  text + sizeof(include) - 1);
	if (fixed)
		result = file_write(error, fixed, "%s", path);
	free(fixed);
	free(text);
	free(path);
	return result;
}

static int index_modules(const struct guest *g, const char *release, struct guest_error *error)
{
	struct child_args args = {0};

	child_args_split(&args, "/sbin/depmod -b");
	child_args_add(&args, "%s/root", g->dir);
	child_args_add(&args, "%s", release);
	return child_run(&args, NULL, NULL, error);
}

static int make_kernel(const struct guest *g, char *vmlinuz, struct guest_error *error)
{
	char *to = file_text("%s/kernel", g->dir);
	int result = vmlinuz && to ? vmlinux_extract(vmlinuz, to, error)
				   : guest_fail(error, "out of memory");

	free(to);
	free(vmlinuz);
	return result;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_part(const struct guest *g, const char *part, struct guest_error *error)
{
	char *path = file_text("%s/%s", g->dir, part);
	int result = 0;

	if (!path || (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT))
		result = guest_fail(error, "cannot remove %s: %s", path ? path : part,
				    strerror(errno));
	free(path);
	return result;
}

static int remove_parts(const struct guest *g, const char *const *parts, struct guest_error *error)
{
	for (; *parts; parts++)
		if (remove_part(g, *parts, error))
			return -1;
	return 0;
}

/* What the parts were made from; the last file written, so that it is there only if all is. */
static char *describe(const struct guest *g)
{
	return file_text("%s %s %s%s%s\n", g->suite, g->arch, g->packages, *g->libraries ? " " : "",
			 g->libraries);
}

bool packages_built(const struct guest *g)
{
	struct guest_error ignored = {.text = ""};
	char *path = file_text("%s/built", g->dir);
	char *text = path ? file_load(&ignored, path) : NULL;
	char *wanted = describe(g);
	bool same = text && wanted && !strcmp(text, wanted);

	free(wanted);
	free(text);
	free(path);
	return same;
}

/* The kernel among the packages. */
static int finish_kernel(const struct guest *g, struct guest_error *error)
{
	char *release = guest_release(g);
	int result;

	if (!release)
		return guest_fail(error, "%s has no kernel modules: packages names no kernel image",
				  g->name);
	result = fix_headers(g, release, error) ? -1 : index_modules(g, release, error);
	if (result == 0)
		result = make_kernel(g, file_text("%s/root/boot/vmlinuz-%s", g->dir, release),
				     error);
	free(release);
	return result;
}

static int finish(const struct guest *g, struct guest_error *error)
{
	char *text = describe(g), *headers = NULL, *kdir;
	int result = *g->kernel
			     ? make_kernel(g, file_text("%s/%s/vmlinuz", g->top, g->kernel), error)
			     : finish_kernel(g, error);

	if (result == 0)
		headers = guest_headers(g);
	kdir = headers ? file_text("%s\n", headers) : NULL;
	if (result == 0)
		result = text && kdir ? file_write(error, kdir, "%s/kdir", g->dir)
				      : guest_fail(error, "out of memory");
	if (result == 0)
		result = file_write(error, text, "%s/built", g->dir);
	free(kdir);
	free(headers);
	free(text);
	return result;
}

int packages_build(const struct guest *g, struct guest_error *error)
{
	static const char *const all[] = {"built", "kdir", "kernel", "root", "deb", "apt", NULL};
	static const char *const scratch[] = {"deb", "apt", NULL};
	struct package_list list = {.n = 0};
	int result = -1;

	if (remove_parts(g, all, error) == 0 && update_lists(g, error) == 0 &&
	    find_packages(g, &list, error) == 0 && download(g, &list, error) == 0 &&
	    unpack(g, error) == 0 && remove_parts(g, scratch, error) == 0)
		result = finish(g, error);
	return result;
}
