/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux for programs that hold no conversations and ask no other host: they are
 * linked with this in place of linux_channel.c and linux_link.c, and so without OpenSSL, which
 * would take most of the time of a short command. Every operation says -ENOTSUP. The Makefile's
 * LINKED names the others.
 */
#include "ref/platform/linux.h"

#include <errno.h>

int linux_channel_serve(struct platform *p, const char *path, mode_t mode)
{
	(void)p;
	(void)path;
	(void)mode;
	return -ENOTSUP;
}

int linux_link_serve(struct platform *p, const struct platform_link *link)
{
	(void)p;
	(void)link;
	return -ENOTSUP;
}

int linux_channel_open(struct platform *p, const char *path, struct platform_channel **out)
{
	(void)p;
	(void)path;
	*out = NULL;
	return -ENOTSUP;
}

int linux_channel_send(struct platform *p, struct platform_channel *c, const void *text,
		       size_t bytes, int64_t timeout_ns)
{
	(void)p;
	(void)c;
	(void)text;
	(void)bytes;
	(void)timeout_ns;
	return -ENOTSUP;
}

ssize_t linux_channel_receive(struct platform *p, struct platform_channel *c, void *text,
			      size_t bytes, int64_t timeout_ns)
{
	(void)p;
	(void)c;
	(void)text;
	(void)bytes;
	(void)timeout_ns;
	return -ENOTSUP;
}

void linux_channel_close(struct platform *p, struct platform_channel *c)
{
	(void)p;
	(void)c; /* none was ever opened */
}

bool linux_channel_child(struct linux_platform *l, pid_t pid)
{
	(void)l;
	(void)pid;
	return false;
}

void linux_channels_free(struct linux_platform *l)
{
	(void)l;
}

int linux_link_ask(struct platform *p, const struct platform_link *link,
		   const struct platform_ask *asks, size_t count, int64_t timeout_ns,
		   void (*done)(void *arg, size_t index, const struct platform_asked *what),
		   void *arg)
{
	(void)p;
	(void)link;
	(void)asks;
	(void)count;
	(void)timeout_ns;
	(void)done;
	(void)arg;
	return -ENOTSUP;
}

int linux_link_begin(struct platform *p, const struct platform_link *link,
		     const struct platform_ask *ask, int64_t timeout_ns, unsigned id)
{
	(void)p;
	(void)link;
	(void)ask;
	(void)timeout_ns;
	(void)id;
	return -ENOTSUP;
}

void linux_links_free(struct linux_platform *l)
{
	(void)l;
}
