/* SPDX-License-Identifier: MIT */
/*
 * The first process of a guest, linked statically: makes the usual file systems, loads modules,
 * sets host name, clock and next PID, runs one command and sends what it printed and how it ended
 * over the results port (protocol.h), then powers off. It is no init system: no services, no shell,
 * and nothing survives the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "vm-images/protocol.h"

#define STATUS_NOT_EXECUTED  127
#define PORT_WAIT_MS         5000
#define PORT_STEP_MS         2

/* syslog(2) has no header for these. */
#define SYSLOG_CONSOLE_LEVEL 8
#define LOG_LEVEL_ALL        8

enum source { SOURCE_OUT, SOURCE_ERR, SOURCE_MARK, SOURCES };

static const char *const source_kind[SOURCES] = {"out", "err", "mark"};

static int results_fd = -1;
static char run_file[RUN_FILE_MAX + 1];
static char *command[RUN_ITEMS_MAX + 1];
static char *environment[RUN_ITEMS_MAX + 1] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"TERM=linux",
};
static bool interactive;

static void write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return; /* nobody is left to tell */
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

static void send_frame(const char *kind, const char *data, size_t len)
{
	char head[FRAME_HEADER_MAX];
	int n = snprintf(head, sizeof(head), "%s %zu\n", kind, len);

	write_all(results_fd, head, (size_t)n);
	write_all(results_fd, data, len);
	write_all(results_fd, "\n", 1);
}

static void send_number(const char *kind, unsigned long number)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lu", number);

	send_frame(kind, text, (size_t)n);
}

static _Noreturn void power_off(void)
{
	if (results_fd >= 0)
		tcdrain(results_fd);
	sync();
	reboot(RB_POWER_OFF);
	/* A machine that cannot switch itself off resets, which ends the emulator as well. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void give_up(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void give_up(const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	fprintf(stderr, "/init: %s\n", text);
	if (results_fd >= 0)
		send_frame("broken", text, (size_t)n);
	power_off();
}

static void mount_one(const char *type, const char *path, unsigned long flags, const char *data)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		give_up("cannot make %s: %s", path, strerror(errno));
	if (mount(type, path, type, flags, data))
		give_up("cannot mount %s on %s: %s", type, path, strerror(errno));
}

static void mount_all(void)
{
	umask(0);
	mount_one("devtmpfs", "/dev", MS_NOSUID, NULL);
	mount_one("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_one("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_one("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620,gid=5");
	mount_one("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, NULL);
	mount_one("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
	mount_one("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
	umask(022);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void open_results(const char *tty)
{
	char path[64];
	struct termios mode;
	struct utsname kernel;

	if (snprintf(path, sizeof(path), "/dev/%s", tty) >= (int)sizeof(path))
		give_up("the name of the results port is too long");
	/* A driver that was loaded just now may still be looking for its ports. */
	for (int waited_ms = 0; waited_ms < PORT_WAIT_MS; waited_ms += PORT_STEP_MS) {
		results_fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		if (results_fd >= 0 || (errno != ENOENT && errno != ENXIO && errno != ENODEV))
			break;
		poll(NULL, 0, PORT_STEP_MS);
	}
	if (results_fd < 0)
		give_up("cannot open %s: %s", path, strerror(errno));
	if (tcgetattr(results_fd, &mode) == 0) {
		cfmakeraw(&mode);
		cfsetospeed(&mode, B115200);
		tcsetattr(results_fd, TCSANOW, &mode);
	}
	uname(&kernel);
	send_frame("hello", kernel.release, strlen(kernel.release));
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		give_up("cannot open the module %s: %s", path, strerror(errno));
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		give_up("cannot load the module %s: %s", path, strerror(errno));
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up("cannot write %s to %s: %s", text, path, strerror(errno));
	close(fd);
}

static void set_clock(const char *text)
{
	char *end;
	struct timespec now = {0};

	errno = 0;
	now.tv_sec = strtoll(text, &end, 10);
	if (errno || end == text || *end || clock_settime(CLOCK_REALTIME, &now))
		give_up("cannot set the clock to %s", text);
}

static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return; /* a kernel without IPv4 has nothing to raise */
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		give_up("cannot raise the loopback interface: %s", strerror(errno));
	close(fd);
}

static void append(char **list, char *item, const char *what)
{
	size_t n = 0;

	while (list[n])
		n++;
	if (n == RUN_ITEMS_MAX)
		give_up("%s has too many %s items", RUN_FILE, what);
	list[n] = item;
}

static void obey(const char *key, char *value)
{
	if (!strcmp(key, "results"))
		open_results(value);
	else if (!strcmp(key, "module"))
		load_module(value);
	else if (!strcmp(key, "hostname"))
		write_file("/proc/sys/kernel/hostname", value);
	else if (!strcmp(key, "clock"))
		set_clock(value);
	else if (!strcmp(key, "last_pid"))
		write_file("/proc/sys/kernel/ns_last_pid", value);
	else if (!strcmp(key, "env"))
		append(environment, value, key);
	else if (!strcmp(key, "interactive"))
		interactive = true;
	else if (!strcmp(key, "arg"))
		append(command, value, key);
	else
		give_up("%s has an unknown key %s: launcher and /init differ, build both", RUN_FILE,
			key);
}

static size_t read_run_file(void)
{
	int fd = open(RUN_FILE, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		give_up("cannot open %s: %s", RUN_FILE, strerror(errno));
	do {
		n = read(fd, run_file + len, sizeof(run_file) - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < sizeof(run_file));
	close(fd);
	if (n < 0 || len == sizeof(run_file))
		give_up("%s is unreadable or longer than %d bytes", RUN_FILE, RUN_FILE_MAX);
	return len;
}

static void obey_run_file(void)
{
	size_t len = read_run_file();
	char *item = run_file, *next;

	for (; item < run_file + len; item = next) {
		char *value = strchr(item, '=');

		if (!value)
			give_up("%s has an item without a value: %s", RUN_FILE, item);
		next = item + strlen(item) + 1;
		*value = '\0';
		obey(item, value + 1);
	}
	if (!command[0])
		give_up("%s names no command", RUN_FILE);
}

/* Joins the console as controlling terminal, so that job control and interrupt keys work. */
static void take_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	setsid();
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 1) || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 ||
	    dup2(fd, 2) < 0)
		_exit(STATUS_NOT_EXECUTED);
}

static void take_pipes(int out, int err)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(STATUS_NOT_EXECUTED);
	if (null > 2)
		close(null);
}

static pid_t start_command(int out, int err)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("cannot fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	if (interactive)
		take_console();
	else
		take_pipes(out, err);
	if (chdir("/root"))
		_exit(STATUS_NOT_EXECUTED);
	environ = environment;
	execvp(command[0], command);
	fprintf(stderr, "/init: cannot execute %s: %s\n", command[0], strerror(errno));
	_exit(STATUS_NOT_EXECUTED);
}

/* Passes on what one source has; returns whether there may be more at once. */
static bool pass_on(struct pollfd *source, const char *kind)
{
	static char data[FRAME_PAYLOAD_MAX];
	ssize_t n = read(source->fd, data, sizeof(data));

	if (n > 0)
		send_frame(kind, data, (size_t)n);
	else if (n == 0)
		source->fd = -1; /* every writer has gone; poll() skips a negative descriptor */
	return n > 0;
}

static bool reap(pid_t pid, int *status)
{
	int any;
	pid_t gone;
	bool found = false;

	while ((gone = waitpid(-1, &any, WNOHANG)) > 0) {
		if (gone == pid) {
			*status = any;
			found = true;
		}
	}
	return found;
}

static void note_child(int signal)
{
	(void)signal; /* only there to make ppoll() return */
}

/* Returns the wait status of the command, when it has ended; what it left running may go on
 * writing, unread. */
static int follow_command(pid_t pid, struct pollfd *sources, const sigset_t *waiting)
{
	int status = 0;

	while (!reap(pid, &status)) {
		if (ppoll(sources, SOURCES, NULL, waiting) <= 0)
			continue;
		for (int i = 0; i < SOURCES; i++)
			if (sources[i].revents)
				pass_on(&sources[i], source_kind[i]);
	}
	for (int i = 0; i < SOURCES; i++)
		while (sources[i].fd >= 0 && pass_on(&sources[i], source_kind[i]))
			;
	return status;
}

static void open_sources(struct pollfd *sources, int *writers)
{
	for (int i = 0; i < SOURCE_MARK; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
			give_up("cannot make a pipe: %s", strerror(errno));
		sources[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
		writers[i] = ends[1];
	}
	/* Open for writing as well, so that the last writer's close is not an end of file. */
	if (mkfifo(MARK_FIFO, 0600))
		give_up("cannot make %s: %s", MARK_FIFO, strerror(errno));
	sources[SOURCE_MARK] = (struct pollfd){
		.fd = open(MARK_FIFO, O_RDWR | O_NONBLOCK | O_CLOEXEC), .events = POLLIN};
	if (sources[SOURCE_MARK].fd < 0)
		give_up("cannot open %s: %s", MARK_FIFO, strerror(errno));
}

static unsigned long read_taint(void)
{
	char text[24] = "";
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		give_up("cannot read the taint bits: %s", strerror(errno));
	close(fd);
	return strtoul(text, NULL, 10);
}

/* Booting may be quiet; from here on the console tells everything, for the slices in a report. */
static void open_console(void)
{
	if (klogctl(SYSLOG_CONSOLE_LEVEL, NULL, LOG_LEVEL_ALL))
		give_up("cannot raise the console's log level: %s", strerror(errno));
}

static void run_command(void)
{
	struct pollfd sources[SOURCES];
	int writers[SOURCE_MARK];
	sigset_t child, waiting;
	struct sigaction action = {.sa_handler = note_child};
	pid_t pid;
	int status;

	open_sources(sources, writers);
	/* Delivered only inside ppoll(), so no end of a child is missed between reap() and the
	 * wait. */
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	open_console();
	send_frame("start", "", 0);
	pid = start_command(writers[SOURCE_OUT], writers[SOURCE_ERR]);
	sigprocmask(SIG_BLOCK, &child, &waiting);
	close(writers[SOURCE_OUT]);
	close(writers[SOURCE_ERR]);
	status = follow_command(pid, sources, &waiting);
	send_number("taint", read_taint());
	if (WIFSIGNALED(status))
		send_number("signal", (unsigned long)WTERMSIG(status));
	else
		send_number("exit", (unsigned long)WEXITSTATUS(status));
}

int main(void)
{
	mount_all();
	raise_loopback();
	obey_run_file();
	run_command();
	power_off();
}
