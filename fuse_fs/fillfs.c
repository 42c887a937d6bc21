/* SPDX-License-Identifier: MIT */
/*
 * fillfs: mounts a folder so that it says and fails what fillctl tells it to. Options, mount, the
 * way into the background.
 * Not here: the operations (passthrough.h), the decisions (fill.h), the control socket (server.h).
 */
#include "control.h"
#include "passthrough.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <unistd.h>

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE };

/* Every file the kernel knows of is held open. */
#define FILES_MAX    (1U << 20)

/* Operations under way at a time: delayed ones must not keep the others out. */
#define THREADS_MAX  64

/* Threads kept waiting: the kernel wakes them in turn, and more only cool each other's caches. */
#define THREADS_IDLE 10

struct options {
	char *source;
	char *mountpoint;
	int foreground;
	int debug;
	int help;
	int shared;
	int writeback;
	int crash;
};

#define OPTION(template, field, value)                                                             \
	{                                                                                          \
		template, offsetof(struct options, field), value                                   \
	}

static const struct fuse_opt option_specs[] = {
	OPTION("source=%s", source, 0),
	OPTION("shared", shared, 1),
	OPTION("writeback", writeback, 1),
	OPTION("crash", crash, 1),
	OPTION("-f", foreground, 1),
	OPTION("-d", debug, 1),
	OPTION("-h", help, 1),
	OPTION("--help", help, 1),
	FUSE_OPT_KEY("-d", FUSE_OPT_KEY_KEEP),
	FUSE_OPT_END,
};

static void print_help(void)
{
	printf("usage: fillfs DIR MOUNTPOINT [-f] [-d] [-o OPTION,...]\n"
	       "Mount the folder DIR on MOUNTPOINT, where it works as before, but can be told at "
	       "any time to be\n"
	       "full, nearly full, or broken: see fillctl --help. MOUNTPOINT may be DIR itself.\n"
	       "\n"
	       "  -f               stay in the foreground (otherwise fillfs returns when the mount "
	       "works)\n"
	       "  -d               the same, and print every operation\n"
	       "  -o source=DIR    instead of the argument DIR\n"
	       "  -o shared        DIR is changed by others while it is mounted: the kernel caches "
	       "nothing\n"
	       "  -o writeback     gather small writes in the page cache; errors then come with "
	       "fsync or\n"
	       "                   close, not with the write\n"
	       "  -o crash         keep what was not synced apart, so that fillctl crash can lose "
	       "it; as root,\n"
	       "                   and not with shared or writeback\n"
	       "  -o ro,noexec,... mount options\n"
	       "\n"
	       "A disk that fills on command:\n"
	       "  fillfs /var/tmp/disk /mnt\n"
	       "  fillctl /mnt set full=95              # df and statvfs say 95 %% from now on\n"
	       "  fillctl /mnt set free=1M enforce=on   # and after 1 MiB more, writes get ENOSPC\n"
	       "  fillctl /mnt clear                    # as if nothing had been\n"
	       "  umount /mnt\n"
	       "\n"
	       "'fillctl set' alone changes what statfs says: with free=0 a write still succeeds. "
	       "With\n"
	       "enforce=on what is said is true: writes beyond the available space fail.\n"
	       "\n"
	       "Run by root, everybody may use the mount, with the permissions the files have; run "
	       "by anybody\n"
	       "else (this needs fusermount3), only that user. fillctl obeys root and who "
	       "mounted.\n"
	       "\n"
	       "Exit code: 0 mounted (-f: unmounted), 1 refused or failed, 2 wrong usage.\n");
}

/* ---- what has to be right before ---- */

static int complain(const char *subject, const char *what)
{
	fprintf(stderr, "fillfs: %s: %s\n", subject, what);
	return EXIT_REFUSED;
}

/* Replace a path by its absolute form. Returns an exit code. */
static int folder_resolve(char **path)
{
	struct stat st;
	char *full = realpath(*path, NULL);

	if (full) {
		free(*path);
		*path = full;
	}
	if (!full || stat(full, &st) < 0)
		return complain(*path,
				errno == ENOTCONN
					? "the file system mounted here has ended: umount it first"
					: strerror(errno));
	return S_ISDIR(st.st_mode) ? EXIT_DONE : complain(*path, "not a folder");
}

/* The mount inside the folder would contain itself without end; on top of it is fine. */
static bool is_inside(const char *path, const char *folder)
{
	size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	return strncmp(path, folder, length) == 0 && path[length] == '/' && path[length + 1];
}

static int mountpoint_check(const struct options *options)
{
	dev_t dev;
	int rc = control_device(options->mountpoint, &dev);

	if (rc < 0)
		return complain(options->mountpoint, strerror(-rc));
	int fd = control_connect(dev);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || fd == -EPERM)
		return complain(options->mountpoint,
				"busy: a fillfs is mounted here: umount it first");
	if (is_inside(options->mountpoint, options->source))
		return complain(options->mountpoint,
				"lies inside the source folder: choose another mount point");
	return EXIT_DONE;
}

/* Old contents are read and put back with root's rights, and all changes have to come by. */
static int crash_check(const struct options *options)
{
	if (!options->crash)
		return EXIT_DONE;
	if (geteuid() != 0)
		return complain("-o crash", "no permission: be root");
	if (options->shared || options->writeback)
		return complain("-o crash", "not with shared or writeback: leave them out");
	return EXIT_DONE;
}

static int system_check(void)
{
	if (access("/proc/self/fd", X_OK) < 0)
		return complain("/proc", "not mounted: mount it first (mount -t proc proc /proc)");
	if (access("/dev/fuse", F_OK) < 0)
		return complain("/dev/fuse", "not there: load the kernel module (modprobe fuse)");
	if (geteuid() != 0 && access("/dev/fuse", R_OK | W_OK) < 0)
		return complain("/dev/fuse", "no permission: be root");
	return EXIT_DONE;
}

static int process_prepare(const struct fillfs *fs)
{
	struct rlimit limit = {.rlim_cur = FILES_MAX, .rlim_max = FILES_MAX};

	/* As many as we may have: a limit of the system's is met by ENFILE, not here. */
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	/* Files are made as their owner, but found and opened with root's rights. */
	if (fs->is_root && (setegid(0) < 0 || prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0))
		return complain("capabilities", strerror(errno));
	return EXIT_DONE;
}

/* ---- into the background ---- */

/* The mount works: tell the parent, and let go of its terminal. */
static void ready_in_background(struct fillfs *fs)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char done = EXIT_DONE;

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	if (write(fs->ready_fd, &done, 1) < 0)
		kill(getpid(), SIGTERM); /* who waited is gone */
	close(fs->ready_fd);
}

static void ready_in_foreground(struct fillfs *fs)
{
	(void)fs;
}

/* Returns in the child alone; the parent waits for the mount, or for the child's failure. */
static int background_enter(struct fillfs *fs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return complain("pipe", strerror(errno));
	pid_t child = fork();

	if (child < 0)
		return complain("fork", strerror(errno));
	if (child == 0) {
		close(ends[0]);
		fs->ready_fd = ends[1];
		setsid();
		return EXIT_DONE;
	}
	char code;
	int status;

	close(ends[1]);
	if (read(ends[0], &code, 1) == 1)
		_exit(code);
	_exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
								       : EXIT_REFUSED);
}

/* ---- the mount ---- */

static int session_loop(struct fuse_session *session)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_max_threads(config, THREADS_MAX);
	fuse_loop_cfg_set_idle_threads(config, THREADS_IDLE);
	int rc = fuse_session_loop_mt(session, config);

	fuse_loop_cfg_destroy(config);
	return rc;
}

/* Mount, serve until the end, unmount. Returns an exit code. */
static int session_run(struct fuse_session *session, struct fillfs *fs, const char *mountpoint)
{
	struct server *server;

	if (fuse_session_mount(session, mountpoint) != 0)
		return complain(mountpoint, fs->is_root
						    ? "cannot mount"
						    : "cannot mount: be root, or install fuse3");
	int rc = server_start(&server, fs, mountpoint);

	if (rc < 0) {
		complain("control socket", strerror(-rc));
	} else {
		rc = session_loop(session);
		server_stop(server);
	}
	fuse_session_unmount(session);
	/* A positive value is the signal that ended it: that is an end like any other. */
	return rc < 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int session_mount(struct fuse_args *args, struct fillfs *fs, const char *mountpoint)
{
	struct fuse_session *session =
		fuse_session_new(args, &PASSTHROUGH_OPS, sizeof(PASSTHROUGH_OPS), fs);
	int rc = EXIT_REFUSED;

	if (!session)
		return EXIT_USAGE;
	fs->session = session;
	if (fuse_set_signal_handlers(session) == 0) {
		rc = session_run(session, fs, mountpoint);
		fuse_remove_signal_handlers(session);
	}
	fuse_session_destroy(session);
	return rc;
}

/* Everything after the options. Returns an exit code. */
static int fillfs_run(struct fuse_args *args, struct options *options)
{
	struct fillfs fs = {
		.is_root = geteuid() == 0,
		.shared = options->shared,
		.writeback = options->writeback,
		.ready = ready_in_foreground,
		.fill_lock = PTHREAD_MUTEX_INITIALIZER,
		.crash = options->crash,
		.crash_lock = PTHREAD_RWLOCK_INITIALIZER,
		.undo_lock = PTHREAD_MUTEX_INITIALIZER,
		.calm = PTHREAD_COND_INITIALIZER,
		.log.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	int rc = crash_check(options);

	if (!rc)
		rc = system_check();
	if (!rc)
		rc = folder_resolve(&options->source);
	if (!rc)
		rc = folder_resolve(&options->mountpoint);
	if (!rc)
		rc = mountpoint_check(options);
	if (rc)
		return rc;

	fs.root.fd = open(options->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fs.root.fd < 0)
		return complain(options->source, strerror(errno));
	if (inode_table_open(&fs.inodes) < 0) {
		close(fs.root.fd);
		return complain("inode table", "out of memory");
	}
	rc = process_prepare(&fs);
	if (!rc && !options->foreground && !options->debug) {
		fs.ready = ready_in_background;
		rc = background_enter(&fs);
	}
	if (!rc && fuse_opt_add_arg(args, "-osubtype=fillfs") == 0 &&
	    (!fs.is_root ||
	     fuse_opt_add_arg(args, "-oallow_other,default_permissions,suid,dev") == 0))
		rc = session_mount(args, &fs, options->mountpoint);
	inode_table_close(&fs.inodes);
	oplog_close(&fs.log);
	close(fs.root.fd);
	return rc;
}

/* As mount does it: a single path is the mount point, of two the first is the source. */
static int take_path(struct options *options, const char *path)
{
	if (options->mountpoint) {
		if (options->source) {
			fprintf(stderr, "fillfs: unexpected argument '%s' (see fillfs --help)\n",
				path);
			return -1;
		}
		options->source = options->mountpoint;
	}
	options->mountpoint = strdup(path);
	return options->mountpoint ? 0 : -1;
}

/* libfuse judges the options that are not ours. */
static int take_argument(void *data, const char *arg, int key, struct fuse_args *out)
{
	(void)out;
	return key == FUSE_OPT_KEY_NONOPT ? take_path(data, arg) : 1;
}

int main(int argc, char *argv[])
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct options options = {0};
	int rc = EXIT_USAGE;

	if (fuse_opt_parse(&args, &options, option_specs, take_argument) < 0) {
		/* said already */
	} else if (options.help) {
		print_help();
		rc = EXIT_DONE;
	} else if (!options.mountpoint) {
		fprintf(stderr, "fillfs: no mount point given: usage: fillfs DIR MOUNTPOINT\n");
	} else if (!options.source) {
		fprintf(stderr, "fillfs: no source folder given: usage: fillfs DIR MOUNTPOINT\n");
	} else {
		rc = fillfs_run(&args, &options);
	}
	fuse_opt_free_args(&args);
	free(options.source);
	free(options.mountpoint);
	return rc;
}
