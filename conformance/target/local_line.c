/* SPDX-License-Identifier: MIT */
/*
 * Bad lines and bad company: packets that are lost, late and out of order, by the kernel's netem,
 * and connections on which nothing is said. Not for: the hosts themselves (local_host.c).
 */
#include "conformance/target/local.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_A_MS           (INT64_C(1000) * 1000)
#define PACKETS_WAITING   1000
#define CONNECTED_AT_ONCE 64 /* fewer than what a listener has room for */

struct request {
	struct nlmsghdr head;
	struct tcmsg discipline;
	char attributes[256];
};

/* An attribute with room for what comes into it afterwards. */
static struct rtattr *attribute(struct request *r, unsigned short type, const void *data,
				size_t bytes)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(bytes);
	memcpy(RTA_DATA(a), data, bytes);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
	return a;
}

/* Percent as the kernel has it: of 2^32. */
static uint32_t share(unsigned percent)
{
	return (uint32_t)((uint64_t)UINT32_MAX * percent / 100);
}

int local_line_spoil(const char *interface, const struct line_options *o)
{
	struct request r = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
			 .nlmsg_type = RTM_NEWQDISC,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK},
		.discipline = {.tcm_family = AF_UNSPEC,
			       .tcm_ifindex = (int)if_nametoindex(interface),
			       .tcm_parent = TC_H_ROOT}};
	/* Without reordering every packet is late; with it, the first of each four may be. */
	const struct tc_netem_qopt base = {.limit = PACKETS_WAITING,
					   .loss = share(o->loss_percent),
					   .gap = o->reorder_percent ? 1 : 0};
	const struct tc_netem_reorder reorder = {.probability = share(o->reorder_percent)};
	const int64_t delay_ns = o->delay_ms * NS_A_MS, jitter_ns = o->jitter_ms * NS_A_MS;
	struct rtattr *options;
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error = fd < 0 ? -errno : 0;

	attribute(&r, TCA_KIND, "netem", sizeof("netem"));
	options = attribute(&r, TCA_OPTIONS, &base, sizeof(base));
	attribute(&r, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	attribute(&r, TCA_NETEM_LATENCY64, &delay_ns, sizeof(delay_ns));
	attribute(&r, TCA_NETEM_JITTER64, &jitter_ns, sizeof(jitter_ns));
	options->rta_len = (unsigned short)((char *)&r + r.head.nlmsg_len - (char *)options);
	if (!error && (send(fd, &r, r.head.nlmsg_len, 0) < 0 ||
		       recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(int))))
		error = -errno;
	else if (!error)
		error = answer.head.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
	if (fd >= 0)
		close(fd);
	return error;
}

static int connect_one(const struct addrinfo *to)
{
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return fd;
	close(fd);
	return -errno;
}

/* Connections come faster than they are accepted: many at a time, or each would cost the change to
 * another process and back. They end with the process of the case. */
static int connect_all(const struct addrinfo *to, unsigned count)
{
	const int policy = sched_getscheduler(0);
	int fd = 0;

	/* Else it takes longer, no more. */
	(void)sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
	for (unsigned i = 0; i < count && fd >= 0; i++) {
		fd = connect_one(to);
		if (i % CONNECTED_AT_ONCE == CONNECTED_AT_ONCE - 1)
			poll(NULL, 0, 1);
	}
	(void)sched_setscheduler(0, policy, &(struct sched_param){0});
	return fd < 0 ? fd : 0;
}

int local_connect_silent(struct target *t, const char *host, uint16_t port, unsigned count)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	struct rlimit limit;
	struct addrinfo *to = NULL;
	char service[8];
	int error;

	snprintf(service, sizeof(service), "%u", port);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count + 256) {
		limit.rlim_cur = count + 256;
		if (limit.rlim_max < limit.rlim_cur)
			limit.rlim_max = limit.rlim_cur;
		(void)setrlimit(RLIMIT_NOFILE, &limit); /* connecting says when it was not enough */
	}
	if (getaddrinfo(host, service, &wanted, &to))
		return local_failed(t, ENOENT, "host %s has no address", host);
	error = connect_all(to, count);
	freeaddrinfo(to);
	return error ? local_failed(t, -error, "port %u of %s: %s", port, host, strerror(-error))
		     : 0;
}
