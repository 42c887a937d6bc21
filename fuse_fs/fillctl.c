/* SPDX-License-Identifier: MIT */
/*
 * fillctl: asks the fillfs of a mount to change or to show what it says and fails. It returns when
 * the change is in effect.
 * Not here: what the commands mean; fillfs itself parses and answers them
 * (fill.h).
 */
#include "control.h"
#include "fill.h"
#include "schedule.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longest answer, in bytes: a log is well below that. */
#define ANSWER_MAX (16L << 20)

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE };

static void print_help(void)
{
	printf("usage: fillctl MOUNT COMMAND\n"
	       "Make the fillfs mounted on MOUNT (or around it) say and fail what you want, at "
	       "once.\n"
	       "\n"
	       "Commands:\n"
	       "%s"
	       "  schedule FILE         carry out lines 'AFTER_SECONDS COMMAND' at their time; "
	       "without FILE:\n"
	       "                        what is pending; clear: nothing is any more\n"
	       "  log on|off|clear      keep the last 4096 operations; without argument: print "
	       "them as JSON lines\n"
	       "  crash                 lose what was not synced (fillfs -o crash)\n"
	       "\n"
	       "Settings (a value 'real' takes one back):\n"
	       "  blocks=N              size; N counts blocks, or is an amount such as 64K, 100M, "
	       "2G\n"
	       "  free=N                free blocks, the reserve included\n"
	       "  available=N           blocks users may take; if not set, what is free\n"
	       "  full=PERCENT          instead of free: as many free blocks as leave PERCENT "
	       "used\n"
	       "  reserve=PERCENT       instead of available: free, less PERCENT of the size\n"
	       "  files=N files_free=N  inodes\n"
	       "  block_size=BYTES      unit of the counts\n"
	       "  enforce=on|off        set changes only what statfs says: with free=0 writes "
	       "still work.\n"
	       "                        With enforce=on writes beyond the available space get "
	       "ENOSPC, for\n"
	       "                        root too, and the counts follow what is written and "
	       "deleted.\n"
	       "\n"
	       "Faults: errno=NAME is any error, such as ENOSPC, EDQUOT, EIO; short=N lets writes "
	       "take N bytes at a\n"
	       "time; delay=MS waits first; after=BYTES lets so much be read or written before; "
	       "count=N ends the\n"
	       "rule when it has applied N times; path=GLOB is matched "
	       "with the path\n"
	       "from the mount on (/sub/name), or with the name alone if GLOB has no slash. OP can "
	       "be all.\n"
	       "\n"
	       "Examples:\n"
	       "  fillctl /mnt set full=80 reserve=5\n"
	       "  fillctl /mnt set free=0\n"
	       "  fillctl /mnt set blocks=100M full=0 enforce=on\n"
	       "  fillctl /mnt fault write,fsync errno=EIO count=3 'path=*.log'\n"
	       "  fillctl /mnt clear\n"
	       "\n"
	       "Exit code: 0 done, 1 refused or failed, 2 wrong usage; then nothing was changed.\n",
	       FILL_COMMANDS);
}

static int refuse(const char *mount, int error)
{
	switch (error) {
	case ECONNREFUSED:
		fprintf(stderr, "fillctl: %s: no fillfs serves this: mount one first\n", mount);
		break;
	case ENOTCONN:
		fprintf(stderr, "fillctl: %s: the fillfs of this mount has ended: umount it\n",
			mount);
		break;
	case EPERM:
		fprintf(stderr, "fillctl: %s: not permitted: be root, or who mounted it\n", mount);
		break;
	case EAGAIN:
		fprintf(stderr, "fillctl: %s: fillfs does not answer\n", mount);
		break;
	default:
		fprintf(stderr, "fillctl: %s: %s\n", mount, strerror(error));
	}
	return EXIT_REFUSED;
}

/* Take the whole answer before any of it is printed: fillfs waits for nobody's terminal. Returns 0,
 * or an errno value. */
static int receive_answer(int fd, FILE *text, int *code)
{
	char packet[CONTROL_PACKET_MAX];
	int rc;

	while ((rc = control_receive_answer(fd, packet, code)) > 0)
		if (fputs(packet, text) == EOF || ftell(text) > ANSWER_MAX)
			return EBADMSG;
	return -rc;
}

/* Print the answer: what was asked for, or what was wrong with the command. */
static int print_answer(int fd, const char *mount)
{
	char *answer = NULL;
	size_t length;
	FILE *text = open_memstream(&answer, &length);
	int code = 0;
	int error = text ? receive_answer(fd, text, &code) : ENOMEM;

	if (text && fclose(text) != 0 && !error)
		error = ENOMEM;
	if (!error && code != EXIT_DONE)
		fprintf(stderr, "fillctl: %s\n", answer);
	else if (!error && (fputs(answer, stdout) == EOF || fflush(stdout) != 0))
		error = errno;
	free(answer);
	return error ? refuse(mount, error) : code;
}

/* ---- the script of a schedule, sent along with the command ---- */

static int complain(const char *file, const char *what)
{
	fprintf(stderr, "fillctl: %s: %s\n", file, what);
	return EXIT_USAGE;
}

/* Returns an exit code. */
static int script_read(const char *file, char text[SCHEDULE_TEXT_MAX])
{
	FILE *script = fopen(file, "re");

	if (!script)
		return complain(file, strerror(errno));
	size_t n = fread(text, 1, SCHEDULE_TEXT_MAX, script);
	int error = ferror(script) ? errno : 0;

	fclose(script);
	if (error)
		return complain(file, strerror(error));
	if (n == SCHEDULE_TEXT_MAX)
		return complain(file, "a schedule is at most 12287 bytes long");
	text[n] = '\0';
	return strlen(text) == n ? EXIT_DONE : complain(file, "no text: it has a NUL in it");
}

static int send_command(int fd, const char *mount, int argc, const char *const argv[])
{
	char text[SCHEDULE_TEXT_MAX];
	const char *script[] = {"schedule", argc > 1 ? argv[1] : "", text};
	bool has_script =
		argc == 2 && strcmp(argv[0], "schedule") == 0 && strcmp(argv[1], "clear") != 0;
	int rc = has_script ? script_read(argv[1], text) : EXIT_DONE;

	if (rc != EXIT_DONE)
		return rc;
	rc = has_script ? control_send_request(fd, 3, script)
			: control_send_request(fd, argc, argv);
	return rc < 0 ? refuse(mount, -rc) : print_answer(fd, mount);
}

int main(int argc, char *argv[])
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help();
		return EXIT_DONE;
	}
	if (argc < 3) {
		fprintf(stderr, "fillctl: %s: usage: fillctl MOUNT COMMAND (see fillctl --help)\n",
			argc < 2 ? "no mount point given" : "no command given");
		return EXIT_USAGE;
	}

	const char *mount = argv[1];
	dev_t dev;
	int rc = control_device(mount, &dev);

	if (rc < 0)
		return refuse(mount, -rc);
	int fd = control_connect(dev);

	if (fd < 0)
		return refuse(mount, -fd);
	rc = send_command(fd, mount, argc - 2, (const char *const *)argv + 2);
	close(fd);
	return rc;
}
