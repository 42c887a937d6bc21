// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module and its device, as a root program sees them.
 *
 * Not for: tests.
 */
#include "battery.h"

int device = -1;
struct seos_call calls[CALLS_MAX];

int module_load_with(const char *parameter)
{
	int fd = open(module_path, O_RDONLY | O_CLOEXEC), err;
	char parameters[256];

	if (fd < 0)
		return -errno;
	snprintf(parameters, sizeof(parameters), "%s %s", module_parameters, parameter);
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return err;
}

int module_load(void)
{
	return module_load_with("");
}

int module_remove(void)
{
	return syscall(SYS_delete_module, SEOS_MODULE, O_NONBLOCK) ? -errno : 0;
}

bool module_loaded(void)
{
	return access("/sys/module/" SEOS_MODULE, F_OK) == 0;
}

int device_open(void)
{
	struct seos_hello hello = {.abi = SEOS_ABI};
	int fd = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, SEOS_IOC_HELLO, &hello)) {
		close(fd);
		return -1;
	}
	return fd;
}

void device_close(void)
{
	if (device >= 0)
		close(device);
	device = -1;
}

struct seos_status status(void)
{
	struct seos_status now = {.state = 99};

	if (ioctl(device, SEOS_IOC_STATUS, &now))
		complain("status: errno %d", errno);
	return now;
}

int monitor(unsigned int on)
{
	return ioctl(device, SEOS_IOC_MONITOR, &on) ? -errno : 0;
}

int prepare(unsigned long long timeout_ns, struct seos_status *after)
{
	struct seos_prepare request = {.timeout_ns = timeout_ns};
	int err = ioctl(device, SEOS_IOC_PREPARE, &request) ? -errno : 0;

	if (after)
		*after = request.status;
	return err;
}

/* Reads the whole list by chunks. Returns the number of entries, or a negated errno value. */
int list(unsigned int chunk)
{
	struct seos_list request = {.cursor = 0};
	unsigned int count = 0;

	do {
		request.calls = (unsigned long)&calls[count];
		request.max = chunk < CALLS_MAX - count ? chunk : CALLS_MAX - count;
		if (ioctl(device, SEOS_IOC_LIST, &request))
			return -errno;
		count += request.count;
	} while (request.count && count < CALLS_MAX);
	return count;
}

const struct seos_call *listed(pid_t pid)
{
	int count = list(CALLS_MAX);

	for (int i = 0; i < count; i++) {
		if (calls[i].pid == pid)
			return &calls[i];
	}
	return NULL;
}

bool listed_in(pid_t pid, int number)
{
	const struct seos_call *call = listed(pid);

	return call && call->number == number;
}

bool listed_since(pid_t pid, unsigned long long start_ns)
{
	const struct seos_call *call = listed(pid);

	return call && call->start_ns > start_ns;
}

/* A call that began anew has a short duration. */
bool listed_for(pid_t pid, unsigned long long duration_ns)
{
	const struct seos_call *call = listed(pid);

	return call && call->duration_ns >= duration_ns;
}
