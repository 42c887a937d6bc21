// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs that do nothing, or nothing but sleep, by bpf(2) and without a library: neighbours of
 * the extension's hooks, in the battery, and peers to be measured beside them.
 *
 * Not for: programs that do something.
 */
#define _GNU_SOURCE
#include "bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

#define MOVE(to, from)	   {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)}
#define SET(to, value)	   {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value)}
#define ADD(to, value)	   {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (value)}
#define LOAD(to, from, at) {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = (to), .src_reg = (from), .off = (at)}
#define CALL(helper)	   {.code = BPF_JMP | BPF_CALL, .imm = (helper)}
#define EXIT		   {.code = BPF_JMP | BPF_EXIT}

static int load(union bpf_attr *attr, const struct bpf_insn *code, unsigned int count)
{
	attr->insns = (unsigned long)code;
	attr->insn_cnt = count;
	attr->license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, attr);
}

int bpf_load(unsigned int type, unsigned int attach, unsigned int btf_id)
{
	static const struct bpf_insn nothing[] = {SET(BPF_REG_0, 0), EXIT};
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach,
		.attach_btf_id = btf_id,
	};

	return load(&attr, nothing, sizeof(nothing) / sizeof(nothing[0]));
}

int bpf_load_sleeping(unsigned int function, unsigned int pointer_at)
{
	const struct bpf_insn copy[] = {
		LOAD(BPF_REG_1, BPF_REG_1, 0), /* the function's argument: registers */
		LOAD(BPF_REG_3, BPF_REG_1, pointer_at),
		MOVE(BPF_REG_1, BPF_REG_10),
		ADD(BPF_REG_1, -8),
		SET(BPF_REG_2, 8),
		CALL(BPF_FUNC_copy_from_user),
		SET(BPF_REG_0, 0),
		EXIT,
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.prog_flags = BPF_F_SLEEPABLE,
		.expected_attach_type = BPF_TRACE_FENTRY,
		.attach_btf_id = function,
	};

	return load(&attr, copy, sizeof(copy) / sizeof(copy[0]));
}

int bpf_attach(int program, const char *tracepoint)
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

/* The kernel counts while the sysctl kernel.bpf_stats_enabled is 1. */
long long bpf_runs(int program)
{
	struct bpf_prog_info info = {.id = 0};
	union bpf_attr attr = {
		.info = {.bpf_fd = program, .info_len = sizeof(info), .info = (unsigned long)&info},
	};

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? -1 : (long long)info.run_cnt;
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

unsigned int bpf_function(const char *name)
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
