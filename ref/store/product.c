/* SPDX-License-Identifier: MIT */
/*
 * The installed product; see product.h.
 */
#include "ref/store/product.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INTENDED_STATE PAMSC_DIR "/run/intended"
#define NOTE_MAX       (PLATFORM_NAME_MAX + 16)
#define INTENDED_MAX   16 /* bytes of that file */
#define END_TIMEOUT_NS (10 * NS_PER_S)
#define PORT           8891
#define COLLECT_PORT   8892

static const char *const daemon_names[PRODUCT_ALL] = {
	[PRODUCT_SEOSD] = "seosd",     [PRODUCT_SEAGENT] = "seagent",   [PRODUCT_SEOSWD] = "seoswd",
	[PRODUCT_SELOGRD] = "selogrd", [PRODUCT_SELOGRCD] = "selogrcd", [PRODUCT_SEREVU] = "serevu",
};

/* [SEOS_syscall] */
static int read_extension(struct product *out, char *why, size_t bytes)
{
	static const char section[] = "SEOS_syscall";
	bool root = !strcmp(config_get(out->ini, section, "silent_admin", "root"), "root");
	int64_t monitor, admin = 0;
	int error =
		config_number(out->ini, section, "syscall_monitor", 0, 1, 1, &monitor, why, bytes);

	if (!error)
		error = config_flag(out->ini, section, "silent_deny", false, &out->silent_deny, why,
				    bytes);
	if (!error && !root)
		error = config_number(out->ini, section, "silent_admin", 0, UINT32_MAX - 1, 0,
				      &admin, why, bytes);
	out->monitor = !error && monitor == 1;
	out->silent_admin = (uid_t)admin;
	return error;
}

static int read_settings(struct product *out, const char *file, char *why, size_t bytes)
{
	const char *brand = config_get(out->ini, "product", "brand", "pamsc");
	int64_t port;
	int error = read_extension(out, why, bytes);

	if (error)
		return error;
	error = config_number(out->ini, "seagent", "port", 1, UINT16_MAX, PORT, &port, why, bytes);
	if (error)
		return error;
	out->port = (uint16_t)port;
	error = config_number(out->ini, "selogrd", "port", 1, UINT16_MAX, COLLECT_PORT, &port, why,
			      bytes);
	if (error)
		return error;
	out->collect_port = (uint16_t)port;
	error = code_brand_named(brand, &out->brand);
	if (error)
		snprintf(why, bytes, "%s:%u: [product] brand is %s: use pamsc or ac", file,
			 config_line(out->ini, "product", "brand"), brand);
	return error;
}

int product_load(struct platform *p, struct product *out, char *why, size_t bytes)
{
	char file[PLATFORM_PATH_MAX];
	int error = path_installed(p, SEOS_INI, file);

	*out = (struct product){0};
	if (error) {
		snprintf(why, bytes, "the path of the installation is too long");
		return error;
	}
	error = config_load(p, file, &out->ini, why, bytes);
	if (!error)
		error = read_settings(out, file, why, bytes);
	if (error)
		product_free(out);
	return error;
}

void product_free(struct product *product)
{
	config_free(product->ini);
	product->ini = NULL;
}

const char *product_daemon_name(enum product_daemon daemon)
{
	return daemon_names[daemon];
}

bool product_daemon_named(const char *name, enum product_daemon *daemon)
{
	for (unsigned i = 0; i < PRODUCT_ALL; i++) {
		if (strcmp(name, daemon_names[i]) != 0)
			continue;
		*daemon = (enum product_daemon)i;
		return true;
	}
	return false;
}

int product_lock_path(struct platform *p, enum product_daemon daemon, char out[PLATFORM_PATH_MAX])
{
	char path[sizeof(PAMSC_DIR) + 32];

	snprintf(path, sizeof(path), PAMSC_DIR "/run/%s.lock", daemon_names[daemon]);
	return path_installed(p, path, out);
}

pid_t product_daemon_pid(struct platform *p, enum product_daemon daemon)
{
	char path[PLATFORM_PATH_MAX];
	int error = product_lock_path(p, daemon, path);

	return error ? error : p->ops->lock_owner(p, path);
}

bool product_runs(struct platform *p)
{
	bool hidden = false;
	bool up;

	for (unsigned i = 0; i < PRODUCT_DAEMONS; i++) {
		pid_t pid = product_daemon_pid(p, (enum product_daemon)i);

		if (pid > 0)
			return true;
		hidden |= pid < 0;
	}
	return hidden && (product_intended(p, &up) || up);
}

int product_wait_end(struct platform *p, pid_t seosd)
{
	int error = p->ops->wait_gone(p, seosd, END_TIMEOUT_NS, NULL);

	return error || !product_runs(p) ? error : -ETIMEDOUT;
}

int product_folder(struct platform *p, const char *name, mode_t mode)
{
	char within[PLATFORM_PATH_MAX];
	char path[PLATFORM_PATH_MAX];
	int error;

	snprintf(within, sizeof(within), PAMSC_DIR "%s", name);
	error = path_installed(p, within, path);
	if (!error)
		error = p->ops->mkdir(p, path, mode);
	return error == -EEXIST ? 0 : error;
}

void product_complain(struct platform *p, const char *line)
{
	char path[PLATFORM_PATH_MAX];
	int fd = path_installed(p, PRODUCT_ERRORS, path);

	if (!fd)
		fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	if (fd < 0)
		return;
	(void)p->ops->write(p, fd, line, strlen(line));
	p->ops->close(p, fd);
}

int product_intend(struct platform *p, bool up)
{
	const char *text = up ? "up\n" : "down\n";
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, INTENDED_STATE, path);

	return error ? error : file_replace(p, path, text, strlen(text), 0644);
}

int product_intended(struct platform *p, bool *up)
{
	char path[PLATFORM_PATH_MAX];
	char *text = NULL;
	size_t bytes;
	int error = path_installed(p, INTENDED_STATE, path);

	if (!error)
		error = file_read(p, path, INTENDED_MAX, &text, &bytes);
	if (error && error != -ENOENT)
		return error;
	*up = text && !strcmp(text, "up\n");
	free(text);
	return 0;
}

/* "BOOT PID\n", and where it is kept. */
static int start_note(struct platform *p, enum product_daemon daemon, pid_t pid,
		      char text[NOTE_MAX], char path[PLATFORM_PATH_MAX])
{
	char boot[PLATFORM_NAME_MAX];
	char name[64];
	int error = p->ops->boot_id(p, boot, sizeof(boot));
	int n;

	if (error)
		return error;
	n = snprintf(text, NOTE_MAX, "%s %d\n", boot, (int)pid);
	if (n < 0 || n >= NOTE_MAX)
		return -ENAMETOOLONG;
	snprintf(name, sizeof(name), PAMSC_DIR "/run/%s.started", product_daemon_name(daemon));
	return path_installed(p, name, path);
}

int product_note_start(struct platform *p, enum product_daemon daemon, pid_t pid)
{
	char text[NOTE_MAX];
	char path[PLATFORM_PATH_MAX];
	int error = start_note(p, daemon, pid, text, path);

	return error ? error : file_replace(p, path, text, strlen(text), 0600);
}

bool product_start_noted(struct platform *p, enum product_daemon daemon, pid_t pid)
{
	char expected[NOTE_MAX];
	char path[PLATFORM_PATH_MAX];
	char *text = NULL;
	size_t bytes;
	bool noted;

	if (start_note(p, daemon, pid, expected, path) ||
	    file_read(p, path, NOTE_MAX, &text, &bytes))
		return false;
	noted = !strcmp(text, expected);
	free(text);
	return noted;
}
