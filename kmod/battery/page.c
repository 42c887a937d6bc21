// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that comes only when asked for holds whoever touches it, even in the middle of a call.
 *
 * Not for: tests.
 */
#include "battery.h"

int page_hold(struct page *page, int go)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	page->go = go;
	page->at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	page->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	range.range = (struct uffdio_range){(unsigned long)page->at, PAGE_BYTES};
	if (page->at == MAP_FAILED || page->uffd < 0 || ioctl(page->uffd, UFFDIO_API, &api) ||
	    ioctl(page->uffd, UFFDIO_REGISTER, &range))
		return -errno;
	return 0;
}

void *page_go(void *argument)
{
	const struct page *page = argument;
	struct uffdio_zeropage zero = {.range = {(unsigned long)page->at, PAGE_BYTES}};
	char byte;

	if (read(page->go, &byte, 1) == 1 && ioctl(page->uffd, UFFDIO_ZEROPAGE, &zero))
		perror("# UFFDIO_ZEROPAGE");
	pause();
	return NULL;
}

/* The page will come while this thread is held. */
int page_serve(struct page *page)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, page_go, page) ? -EIO : 0;
}

int run_stuck_accept(const void *argument)
{
	const struct stuck_accept *stuck = argument;
	socklen_t length = sizeof(struct sockaddr_un);
	struct page page;

	if (page_hold(&page, stuck->go) || page_serve(&page))
		return -EIO;
	return call_accept(stuck->listener, page.at, &length) < 0 ? -errno : 0;
}
