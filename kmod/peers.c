// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peers: probe events by tracefs, empty BPF programs by bpf(2), audit rules by netlink. No
 * library: a guest that measures instructions needs no more than these few calls.
 *
 * Not for: watching anything in earnest.
 */
#define _GNU_SOURCE
#include "peers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/btf.h>
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

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int program_load(unsigned int type, unsigned int attach, unsigned int btf_id)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach,
		.attach_btf_id = btf_id,
		.insns = (unsigned long)nothing,
		.insn_cnt = sizeof(nothing) / sizeof(nothing[0]),
		.license = (unsigned long)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* Takes the program; without a tracepoint's name it goes where it was loaded for. */
static int program_attach(int program, const char *tracepoint)
{
	union bpf_attr attr = {
		.raw_tracepoint = {.name = (unsigned long)tracepoint, .prog_fd = program},
	};
	int link;

	if (program < 0)
		return -1;
	link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	close(program);
	return link;
}

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
		links[i] = program_attach(program_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0),
					  names[i]);
	return bpf_begun();
}

/* Words that follow the fixed part of a type. */
static size_t btf_tail(const struct btf_type *type)
{
	unsigned int count = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 1;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array) / 4;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return count * sizeof(struct btf_member) / 4;
	case BTF_KIND_ENUM:
		return count * sizeof(struct btf_enum) / 4;
	case BTF_KIND_ENUM64:
		return count * sizeof(struct btf_enum64) / 4;
	case BTF_KIND_FUNC_PROTO:
		return count * sizeof(struct btf_param) / 4;
	case BTF_KIND_DATASEC:
		return count * sizeof(struct btf_var_secinfo) / 4;
	default:
		return 0;
	}
}

/* 0: not found. The kernel vouches for the structure. */
static unsigned int btf_function(const char *btf, const char *name)
{
	const struct btf_header *header = (const void *)btf;
	const char *types = btf + header->hdr_len + header->type_off;
	const char *strings = btf + header->hdr_len + header->str_off;
	const char *at = types;

	for (unsigned int id = 1; at < types + header->type_len; id++) {
		const struct btf_type *type = (const void *)at;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + type->name_off, name))
			return id;
		at += sizeof(*type) + btf_tail(type) * 4;
	}
	return 0;
}

static unsigned int kernel_function(const char *name)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	unsigned int id = 0;
	struct stat info;
	char *btf = NULL;

	if (fd < 0)
		return 0;
	if (!fstat(fd, &info) && (btf = malloc(info.st_size)) != NULL) {
		ssize_t got = 0, n;

		while ((n = read(fd, btf + got, info.st_size - got)) > 0)
			got += n;
		if (got == info.st_size)
			id = btf_function(btf, name);
	}
	free(btf);
	close(fd);
	if (!id)
		errno = ENOENT;
	return id;
}

static int fentry_begin(void)
{
	static const unsigned int attach[] = {BPF_TRACE_FENTRY, BPF_TRACE_FEXIT};
	unsigned int id = kernel_function(ENTRY);

	if (!id)
		return -1;
	for (int i = 0; i < 2; i++)
		links[i] = program_attach(program_load(BPF_PROG_TYPE_TRACING, attach[i], id), NULL);
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
