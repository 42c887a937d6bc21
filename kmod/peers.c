// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peers: probe events by tracefs, empty BPF programs (bpf.c), audit rules by netlink. No
 * library: a guest that measures instructions needs no more than these few calls.
 *
 * Not for: watching anything in earnest.
 */
#define _GNU_SOURCE
#include "peers.h"

#include "bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRY	"__x64_sys_kill"
#define TRACEFS "/sys/kernel/tracing"

static int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC), err;

	if (fd < 0)
		return -1;
	err = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return err;
}

/* Probe events */

static int event_begin(const char *definition)
{
	if (access(TRACEFS "/kprobe_events", F_OK) && mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		return -1;
	if (file_write(TRACEFS "/kprobe_events", definition))
		return -1;
	return file_write(TRACEFS "/events/kprobes/cost/enable", "1");
}

static void event_end(void)
{
	if (file_write(TRACEFS "/events/kprobes/cost/enable", "0") ||
	    file_write(TRACEFS "/kprobe_events", "-:kprobes/cost"))
		perror("cost: probe event");
}

static int kprobe_begin(void)
{
	return event_begin("p:kprobes/cost " ENTRY);
}

static int kretprobe_begin(void)
{
	return event_begin("r:kprobes/cost " ENTRY);
}

/* Pairs of empty BPF programs, at entry and return */

static int links[2] = {-1, -1};

static void bpf_end(void)
{
	for (int i = 0; i < 2; i++) {
		if (links[i] >= 0)
			close(links[i]);
		links[i] = -1;
	}
}

static int bpf_begun(void)
{
	return links[0] < 0 || links[1] < 0 ? -1 : 0;
}

static int raw_tracepoint_begin(void)
{
	static const char *const names[] = {"sys_enter", "sys_exit"};

	for (int i = 0; i < 2; i++)
		links[i] = bpf_attach(bpf_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0), names[i]);
	return bpf_begun();
}

static int fentry_begin(void)
{
	static const unsigned int attach[] = {BPF_TRACE_FENTRY, BPF_TRACE_FEXIT};
	unsigned int id = bpf_function(ENTRY);

	if (!id)
		return -1;
	for (int i = 0; i < 2; i++)
		links[i] = bpf_attach(bpf_load(BPF_PROG_TYPE_TRACING, attach[i], id), NULL);
	return bpf_begun();
}

/* Audit rules */

/* Sends a request, and waits for the kernel's answer. */
static int audit_request(int type, const void *data, size_t bytes)
{
	struct {
		struct nlmsghdr header;
		char data[sizeof(struct audit_rule_data) + 64];
	} request = {.header = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[sizeof(request)];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	int err = -1;

	if (fd < 0)
		return -1;
	memcpy(request.data, data, bytes);
	request.header.nlmsg_len = NLMSG_LENGTH(bytes);
	if (send(fd, &request, request.header.nlmsg_len, 0) > 0 &&
	    recv(fd, &answer, sizeof(answer), 0) > 0) {
		errno = -answer.error.error;
		err = answer.header.nlmsg_type == NLMSG_ERROR && !errno ? 0 : -1;
	}
	close(fd);
	return err;
}

static int audit_rule(int request, int call)
{
	struct audit_rule_data rule = {.flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS};

	rule.mask[AUDIT_WORD(call)] = AUDIT_BIT(call);
	return audit_request(request, &rule, sizeof(rule));
}

/* Nobody reads the records: a backlog without limit keeps them from being waited for. */
static int audit_begin(int call)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_BACKLOG_LIMIT,
		.enabled = 1,
		.backlog_limit = 0,
	};

	if (audit_request(AUDIT_SET, &status, sizeof(status)))
		return -1;
	return audit_rule(AUDIT_ADD_RULE, call);
}

static int audit_other_begin(void)
{
	return audit_begin(SYS_sethostname);
}

static int audit_match_begin(void)
{
	return audit_begin(SYS_kill);
}

static void audit_other_end(void)
{
	if (audit_rule(AUDIT_DEL_RULE, SYS_sethostname))
		perror("cost: audit rule");
}

static void audit_match_end(void)
{
	if (audit_rule(AUDIT_DEL_RULE, SYS_kill))
		perror("cost: audit rule");
}

const struct peer peers[] = {
	{"BPF fentry and fexit, empty", fentry_begin, bpf_end},
	{"BPF raw tracepoints, empty", raw_tracepoint_begin, bpf_end},
	{"kprobe event", kprobe_begin, event_end},
	{"kretprobe event", kretprobe_begin, event_end},
	{"audit rule that does not match", audit_other_begin, audit_other_end},
	{"audit rule that matches", audit_match_begin, audit_match_end},
	{NULL, NULL, NULL},
};
