/* SPDX-License-Identifier: MIT */
/*
 * Other hosts on this machine: each is a process that keeps a network, a host name and mounts of
 * its own, with fresh copies of the state folders, and a line (veth) to the host under test. Not
 * for: what runs there (local_process.c).
 */
#include "conformance/case_end.h"
#include "conformance/target/local.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTS_FILE "/etc/hosts"
#define NETWORK    "10.213.%zu.%d" /* one a line: .1 is here, .2 there */
#define FAR_END    "line0"

enum { SPACE_NETWORK, SPACE_NAME, SPACE_MOUNTS, SPACES };

static const char *const space_names[SPACES] = {"net", "uts", "mnt"};

/* Netlink: one request, one acknowledgement */

struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char attributes[512];
};

static void *attribute(struct link_request *r, unsigned short type, const void *data, size_t bytes)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(bytes);
	if (bytes)
		memcpy(RTA_DATA(a), data, bytes);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
	return a;
}

static void nest_end(struct link_request *r, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)r + r->head.nlmsg_len - (char *)nest);
}

static int converse(struct link_request *r)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	char answer[1024];
	const struct nlmsghdr *head = (const void *)answer;
	ssize_t n = -1;
	int error;

	if (fd >= 0 && send(fd, r, r->head.nlmsg_len, 0) >= 0)
		n = recv(fd, answer, sizeof(answer), 0);
	error = n < 0 ? -errno : -EPROTO;
	if (n >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && head->nlmsg_type == NLMSG_ERROR)
		error = ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
	if (fd >= 0)
		close(fd);
	return error;
}

/* A line from here to the network of a process. */
static int make_line(const char *near_end, pid_t keeper)
{
	struct link_request r = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			 .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK}};
	struct rtattr *info, *data, *peer;

	attribute(&r, IFLA_IFNAME, near_end, strlen(near_end) + 1);
	info = attribute(&r, IFLA_LINKINFO, NULL, 0);
	attribute(&r, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = attribute(&r, IFLA_INFO_DATA, NULL, 0);
	peer = attribute(&r, VETH_INFO_PEER, &(struct ifinfomsg){0}, sizeof(struct ifinfomsg));
	attribute(&r, IFLA_IFNAME, FAR_END, sizeof(FAR_END));
	attribute(&r, IFLA_NET_NS_PID, &keeper, sizeof(keeper));
	nest_end(&r, peer);
	nest_end(&r, data);
	nest_end(&r, info);
	return converse(&r);
}

/* Gives an interface an address, if any, and takes it up or down. */
static int set_interface(const char *name, const char *address, bool up)
{
	struct ifreq request = {0};
	struct sockaddr_in *in = (void *)&request.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? -errno : 0;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (!error && address) {
		in->sin_family = AF_INET;
		inet_pton(AF_INET, address, &in->sin_addr);
		error = ioctl(fd, SIOCSIFADDR, &request) ? -errno : 0;
		inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
		if (!error && ioctl(fd, SIOCSIFNETMASK, &request))
			error = -errno;
	}
	if (!error && ioctl(fd, SIOCGIFFLAGS, &request))
		error = -errno;
	if (up)
		request.ifr_flags |= IFF_UP;
	else
		request.ifr_flags &= (short)~IFF_UP;
	if (!error && ioctl(fd, SIOCSIFFLAGS, &request))
		error = -errno;
	if (fd >= 0)
		close(fd);
	return error;
}

/* The keeper */

/* Returns 0 or -errno: the host is there but for its line, which comes from outside. */
static int become_host(struct target *t, const char *name)
{
	const char *state = profile_get(t->profile, "target", "state");

	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS) || sethostname(name, strlen(name)))
		return -errno;
	return state ? local_state_cover(t, state) : 0;
}

__attribute__((noreturn)) static void keep_host(struct target *t, const char *name, size_t index,
						int to_case, int from_case)
{
	char address[32];
	int error;
	char go;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	error = become_host(t, name);
	if (write(to_case, &error, sizeof(error)) == sizeof(error) && !error &&
	    read(from_case, &go, 1) == 1) {
		snprintf(address, sizeof(address), NETWORK, index, 2);
		error = set_interface("lo", NULL, true);
		if (!error)
			error = set_interface(FAR_END, address, true);
		if (write(to_case, &error, sizeof(error)) == sizeof(error)) {
			close_range(0, ~0u, 0); /* whoever waits for the end of a pipe */
			for (;;)
				pause();
		}
	}
	_exit(1);
}

static int hear(int from_keeper)
{
	int error;

	return read(from_keeper, &error, sizeof(error)) == sizeof(error) ? error : -EPIPE;
}

static int open_spaces(struct local_host *host, size_t index)
{
	char path[64];
	struct stat st;

	for (unsigned i = 0; i < SPACES; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)host->keeper, space_names[i]);
		host->spaces[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (host->spaces[i] < 0)
			return -errno;
	}
	if (fstat(host->spaces[SPACE_MOUNTS], &st))
		return -errno;
	case_end->mounts[index + 1] = st.st_ino;
	return 0;
}

static int connect_host(struct local_host *host, size_t index)
{
	char address[32];
	int error;

	snprintf(host->uplink, sizeof(host->uplink), "line%zu", index);
	snprintf(address, sizeof(address), NETWORK, index, 1);
	error = make_line(host->uplink, host->keeper);
	return error ? error : set_interface(host->uplink, address, true);
}

/* The case's own network and host name, before the first other host. */
static int enter_network(struct local *l)
{
	if (l->host_count)
		return 0;
	if (unshare(CLONE_NEWNET | CLONE_NEWUTS) ||
	    sethostname(TARGET_HOST_HERE, strlen(TARGET_HOST_HERE)))
		return -errno;
	return set_interface("lo", NULL, true);
}

static int start_keeper(struct target *t, struct local_host *host, size_t index)
{
	int to_case[2], to_keeper[2];
	int error;

	if (pipe2(to_case, O_CLOEXEC) || pipe2(to_keeper, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	host->keeper = fork();
	if (host->keeper == 0)
		keep_host(t, host->name, index, to_case[1], to_keeper[0]);
	close(to_case[1]);
	close(to_keeper[0]);
	error = host->keeper < 0 ? -errno : hear(to_case[0]);
	if (!error)
		error = open_spaces(host, index);
	if (!error)
		error = connect_host(host, index);
	if (!error && write(to_keeper[1], "", 1) != 1)
		error = -errno;
	if (!error)
		error = hear(to_case[0]);
	close(to_case[0]);
	close(to_keeper[1]);
	return error;
}

/* Both know each other by name. The host's own table is reached through its keeper. */
static int add_names(struct target *t, const struct local_host *host, size_t index)
{
	char line[160], path[64];
	int n = snprintf(line, sizeof(line), NETWORK " %s\n", index, 2, host->name);
	int error = t->ops->write(t, HOSTS_FILE, line, (size_t)n, true, 0644);

	if (error)
		return error;
	n = snprintf(line, sizeof(line), NETWORK " %s\n", index, 1, TARGET_HOST_HERE);
	snprintf(path, sizeof(path), "/proc/%d/root" HOSTS_FILE, (int)host->keeper);
	return t->ops->write(t, path, line, (size_t)n, true, 0644);
}

int local_host_add(struct target *t, const char *name)
{
	struct local *l = (struct local *)t;
	struct local_host *host = &l->hosts[l->host_count];
	size_t index = l->host_count;
	int error;

	if (!(t->profile->capabilities & CAP_HOSTS))
		return local_failed(t, ENOTSUP, "needs capability hosts");
	if (l->host_count == TARGET_HOSTS_MAX)
		return local_failed(t, EMFILE, "more than %d hosts", TARGET_HOSTS_MAX);
	error = enter_network(l);
	if (error)
		return local_failed(t, -error, "a network of its own: %s", strerror(-error));
	l->host_count++;
	*host = (struct local_host){.spaces = {-1, -1, -1}};
	snprintf(host->name, sizeof(host->name), "%s", name);
	error = start_keeper(t, host, index);
	if (error)
		return local_failed(t, -error, "host %s: %s", name, strerror(-error));
	return add_names(t, host, index);
}

/* The far end stays up and hears nothing any more, the near end knows no way. */
int local_host_cut(struct target *t, const char *name)
{
	const struct local_host *host = local_host_find((struct local *)t, name);
	int error = host ? set_interface(host->uplink, NULL, false) : -ENOENT;

	return error ? local_failed(t, -error, "host %s: %s", name, strerror(-error)) : 0;
}

/* The far end is reached from a process that goes there. */
static int spoil_far_end(const struct local_host *host, const struct line_options *o)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int error = local_host_enter(host);

		_exit(error ? -error : -local_line_spoil(FAR_END, o));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int local_host_line(struct target *t, const char *name, const struct line_options *o)
{
	const struct local_host *host = local_host_find((struct local *)t, name);
	int error = host ? local_line_spoil(host->uplink, o) : -ENOENT;

	if (!error)
		error = spoil_far_end(host, o);
	return error ? local_failed(t, -error, "the line of host %s: %s", name, strerror(-error))
		     : 0;
}

int local_host_enter(const struct local_host *host)
{
	for (unsigned i = 0; i < SPACES; i++) {
		if (setns(host->spaces[i], 0))
			return -errno;
	}
	return 0;
}

const struct local_host *local_host_find(const struct local *l, const char *name)
{
	for (size_t i = 0; i < l->host_count; i++) {
		if (strcmp(l->hosts[i].name, name) == 0)
			return &l->hosts[i];
	}
	return NULL;
}

void local_hosts_close(struct local *l)
{
	for (size_t i = 0; i < l->host_count; i++) {
		struct local_host *host = &l->hosts[i];

		for (unsigned s = 0; s < SPACES; s++) {
			if (host->spaces[s] >= 0)
				close(host->spaces[s]);
		}
		if (host->keeper > 0) {
			kill(host->keeper, SIGKILL);
			waitpid(host->keeper, NULL, 0);
		}
	}
}
