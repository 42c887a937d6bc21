/* SPDX-License-Identifier: MIT */
/*
 * caller: the identity that new files are made with.
 * Not here: any operation (see operations.h).
 */
#include "operations.h"

#include <sched.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#define UMASK_UNKNOWN ((mode_t)-1)

static bool caller_differs(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return fs_of(req)->is_root && (ctx->uid || ctx->gid);
}

/*
 * Make this thread create files as the caller would. The mask is one of the process until the
 * thread has its own; with SECBIT_NO_SETUID_FIXUP (see fillfs.c) the change of user costs no
 * capability.
 */
void caller_enter(fuse_req_t req)
{
	static _Thread_local bool has_own_umask;
	static _Thread_local mode_t own_umask = UMASK_UNKNOWN;
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	if (!has_own_umask)
		has_own_umask = unshare(CLONE_FS) == 0;
	if (!has_own_umask || own_umask != ctx->umask)
		umask(ctx->umask);
	own_umask = ctx->umask;
	if (caller_differs(req)) {
		setfsgid(ctx->gid);
		setfsuid(ctx->uid);
	}
}

void caller_leave(fuse_req_t req)
{
	if (caller_differs(req)) {
		setfsuid(0);
		setfsgid(0);
	}
}
