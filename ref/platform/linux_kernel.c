/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: the kernel extension, reached by ioctl calls on its device
 * (kmod/uapi/SEOS_syscall.h). The device is opened when it is first needed and kept, so that one
 * program sees one state.
 */
#include "kmod/uapi/SEOS_syscall.h"
#include "ref/platform/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_AT_A_TIME 64

static int hello(int fd)
{
	struct seos_hello hello = {.abi = SEOS_ABI};

	if (ioctl(fd, SEOS_IOC_HELLO, &hello))
		return -errno;
	return hello.abi == SEOS_ABI ? 0 : -EPROTO;
}

int linux_kernel_device(struct platform *p)
{
	struct linux_platform *l = linux_platform(p);
	int error;
	int fd;

	if (l->kernel_fd >= 0)
		return l->kernel_fd;
	fd = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENXIO))
		return -ENODEV;
	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	error = hello(fd);
	if (error) {
		close(fd);
		return error;
	}
	l->kernel_fd = fd;
	return fd;
}

static void status_from(const struct seos_status *s, struct platform_kernel_status *out)
{
	*out = (struct platform_kernel_status){
		.hooks = s->hooks,
		.monitor = s->monitor,
		.prepared = s->state == SEOS_STATE_PREPARED,
		.inside = s->inside,
		.blocking = s->blocking,
	};
}

int linux_kernel_status(struct platform *p, struct platform_kernel_status *out)
{
	struct seos_status s;
	int fd = linux_kernel_device(p);

	if (fd < 0)
		return fd;
	if (ioctl(fd, SEOS_IOC_STATUS, &s))
		return -errno;
	status_from(&s, out);
	return 0;
}

int linux_kernel_monitor(struct platform *p, bool on)
{
	__u32 argument = on;
	int fd = linux_kernel_device(p);

	if (fd < 0)
		return fd;
	if (!ioctl(fd, SEOS_IOC_MONITOR, &argument))
		return 0;
	/* Starting anew takes back a prepared unload (secons/unload/12). */
	if (errno != EBUSY || ioctl(fd, SEOS_IOC_CANCEL))
		return -errno;
	return ioctl(fd, SEOS_IOC_MONITOR, &argument) ? -errno : 0;
}

static void call_from(const struct seos_call *c, struct platform_call *out)
{
	*out = (struct platform_call){
		.number = c->number,
		.pid = c->tgid,
		.tid = c->pid,
		.ppid = c->ppid,
		.uid = c->uid,
		.duration_ns = (int64_t)c->duration_ns,
		.movable = c->flags & SEOS_CALL_MOVABLE,
	};
	snprintf(out->program, sizeof(out->program), "%s", c->program);
}

int linux_kernel_calls(struct platform *p, uint64_t *cursor, struct platform_call *out,
		       unsigned max)
{
	int fd = linux_kernel_device(p);
	struct seos_call *calls;
	struct seos_list list = {
		.cursor = *cursor,
		.max = max < CALLS_AT_A_TIME ? max : CALLS_AT_A_TIME,
	};
	int error = 0;

	if (fd < 0)
		return fd;
	calls = calloc(list.max, sizeof(*calls));
	if (!calls)
		return -ENOMEM;
	list.calls = (uintptr_t)calls;
	if (ioctl(fd, SEOS_IOC_LIST, &list))
		error = -errno;
	for (__u32 i = 0; !error && i < list.count; i++)
		call_from(&calls[i], &out[i]);
	free(calls);
	*cursor = list.cursor;
	return error ? error : (int)list.count;
}

int linux_kernel_unload_prepare(struct platform *p, int64_t timeout_ns,
				struct platform_kernel_status *out)
{
	struct linux_platform *l = linux_platform(p);
	struct seos_prepare prepare = {.timeout_ns = (uint64_t)timeout_ns};
	int fd = linux_kernel_device(p);
	int error = 0;

	if (fd < 0)
		return fd;
	if (ioctl(fd, SEOS_IOC_PREPARE, &prepare) && errno != EALREADY)
		error = errno == EINTR ? -EBUSY : -errno;
	status_from(&prepare.status, out);
	if (!error) {
		/* An open device keeps the module from being removed. */
		close(fd);
		l->kernel_fd = -1;
	}
	return error;
}

int linux_kernel_guard(struct platform *p, const char *path, bool closed)
{
	struct seos_guard guard = {.flags = SEOS_GUARD_WRITE | (closed ? SEOS_GUARD_OPEN : 0)};
	const char *slash = strrchr(path, '/');
	char folder[PLATFORM_PATH_MAX];
	int fd = linux_kernel_device(p);
	int at, error = 0;

	if (fd < 0)
		return fd;
	if (!slash || strlen(path) >= sizeof(folder) || strlen(slash + 1) >= sizeof(guard.name))
		return -ENAMETOOLONG;
	snprintf(guard.name, sizeof(guard.name), "%s", slash + 1);
	snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	guard.folder = at;
	if (ioctl(fd, SEOS_IOC_GUARD, &guard))
		error = errno == EOPNOTSUPP ? -ENOTSUP : -errno;
	close(at);
	return error;
}

int linux_kernel_silent(struct platform *p, bool deny, uid_t user, bool daemon)
{
	const struct seos_silent silent = {.deny = deny, .uid = user, .daemon = daemon};
	int fd = linux_kernel_device(p);

	if (fd < 0)
		return fd;
	return ioctl(fd, SEOS_IOC_SILENT, &silent) ? -errno : 0;
}

int linux_kernel_load(struct platform *p, const char *path, bool monitor)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	(void)p;
	if (fd < 0)
		return -errno;
	error = syscall(SYS_finit_module, fd, monitor ? "monitor=1" : "monitor=0", 0) ? -errno : 0;
	close(fd);
	return error;
}

int linux_kernel_unload(struct platform *p, int64_t timeout_ns, struct platform_kernel_status *out)
{
	struct platform_kernel_status before = {0};
	int error = linux_kernel_status(p, &before);

	if (!error)
		error = linux_kernel_unload_prepare(p, timeout_ns, out);
	if (error || !syscall(SYS_delete_module, SEOS_MODULE, O_NONBLOCK))
		return error;
	error = errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* a device that cannot be opened either leaves nothing that could be taken back */
	if (!before.prepared)
		(void)linux_kernel_monitor(p, before.monitor);
	return error;
}
