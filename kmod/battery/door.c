// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the device: whom and what it refuses, and that calls pass through hooks unharmed.
 */
#include "battery.h"

bool refuses_another_abi(void)
{
	struct seos_hello hello = {.abi = SEOS_ABI + 1};
	struct seos_status answer;
	int fd = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(ioctl(fd, SEOS_IOC_STATUS, &answer) == -1 && errno == EPROTO);
	CHECK(ioctl(fd, SEOS_IOC_HELLO, &hello) == -1 && errno == EPROTO);
	CHECK(hello.abi == SEOS_ABI);
	CHECK(ioctl(fd, SEOS_IOC_STATUS, &answer) == -1 && errno == EPROTO);
	CHECK(ioctl(fd, SEOS_IOC_HELLO, &hello) == 0);
	CHECK(ioctl(fd, SEOS_IOC_STATUS, &answer) == 0);
	close(fd);
	return true;
}

static int run_open_as_nobody(const void *path)
{
	int fd;

	if (setgid(65534) || setuid(65534))
		return -EIO;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

bool refuses_others_than_root(void)
{
	CHECK(child_result(child_start(run_open_as_nobody, SEOS_DEVICE)) == -EACCES);
	CHECK(chmod(SEOS_DEVICE, 0666) == 0);
	CHECK(child_result(child_start(run_open_as_nobody, SEOS_DEVICE)) == -EPERM);
	CHECK(chmod(SEOS_DEVICE, 0600) == 0);
	return true;
}

bool refuses_bad_requests(void)
{
	struct seos_list request = {.max = 0};
	struct seos_prepare long_wait = {.timeout_ns = SEOS_TIMEOUT_MAX_NS + 1};

	CHECK(ioctl(device, SEOS_IOC_LIST, &request) == -1 && errno == EINVAL);
	request.max = SEOS_LIST_MAX + 1;
	CHECK(ioctl(device, SEOS_IOC_LIST, &request) == -1 && errno == EINVAL);
	CHECK(ioctl(device, SEOS_IOC_LIST, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(device, SEOS_IOC_PREPARE, &long_wait) == -1 && errno == EINVAL);
	CHECK(monitor(2) == -EINVAL);
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == -1 && errno == EALREADY);
	CHECK(ioctl(device, _IO('S', 0x7f)) == -1 && errno == ENOTTY);
	return true;
}

bool results_and_errors_pass_through(void)
{
	int fd = call_open(own_path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	close(fd);
	CHECK(call_open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(kill(getpid(), 0) == 0);
	CHECK(kill(-2147483647, 0) == -1 && errno == ESRCH);
	CHECK(execl("/nowhere", "nowhere", NULL) == -1 && errno == ENOENT);
	CHECK(rename("/nowhere", "/elsewhere") == -1 && errno == ENOENT);
	CHECK(accept(-1, NULL, NULL) == -1 && errno == EBADF);
	CHECK(status().inside == 0);
	return true;
}
