/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the Linux platform share: linux.c (clock, files, identity), linux_process.c
 * (processes, locks), linux_loop.c (event loop, messages), linux_kernel.c (the extension) and
 * linux_events.c (what it reports).
 * Nobody else includes this.
 */
#ifndef REF_PLATFORM_LINUX_H
#define REF_PLATFORM_LINUX_H

#include "ref/platform/platform.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#define LINUX_LOCKS_MAX       8
#define LINUX_SOCKETS_MAX     4   /* a daemon serves */
#define LINUX_SIGNALS         5   /* TERM INT HUP USR1 CHLD */
#define LINUX_CONNECTIONS_MAX 64  /* open at one time: ref/core/crowd.h says who makes room */
#define LINUX_BACKLOG         512 /* who wait to be accepted */
#define LINUX_PROC_TEXT_MAX   4096
#define LINUX_WAITING_MAX     512 /* connected to a listener, and silent so far */
#define LINUX_CHANNELS_MAX    64 /* child processes that serve channels of a listener at one time */

struct linux_platform;

struct linux_timer {
	struct linux_platform *linux_platform;
	struct event *event; /* NULL until it is first set */
};

struct linux_platform {
	struct platform base; /* first: a struct platform * is cast back */
	const struct program *program;
	struct program_run run;
	int locks[LINUX_LOCKS_MAX]; /* descriptors of held locks */
	size_t lock_count;
	int kernel_fd;        /* of the extension's device, -1 until it is first needed */
	uint64_t files_owner; /* tells reports of our files from those of others; 0: none yet */

	/* The rest is used by daemons alone. */
	struct event_base *loop;
	struct linux_timer timers[PLATFORM_TIMERS_MAX];
	struct event *signals[LINUX_SIGNALS];
	struct event *sockets[LINUX_SOCKETS_MAX];
	size_t socket_count;
	struct platform_connection *connections; /* list of the open ones */
	size_t connection_count;
	uint64_t age;                     /* of the last connection */
	struct linux_listener *listeners; /* of channels */
	struct asking *askings;           /* that link_begin() has begun */
	SSL_CTX *link;                    /* what links are made from; NULL: none was yet */
	char *link_certificate;           /* whose that is */
	struct linux_audit *audit;        /* NULL: it does not read audited calls */
	int status;                       /* exit status that leave() set */
};

struct platform_connection {
	struct linux_platform *linux_platform;
	struct platform_connection *next;
	struct event *readable; /* freed once the message is here */
	struct platform_peer peer;
	uint64_t age;
	int fd;
};

static inline struct linux_platform *linux_platform(struct platform *p)
{
	return (struct linux_platform *)p;
}

/* linux_process.c */
int linux_lock(struct platform *p, const char *path);
pid_t linux_lock_owner(struct platform *p, const char *path);
int linux_locks_name_owner(struct linux_platform *l); /* writes the PID anew after a fork */
int linux_session(struct platform *p, pid_t pid, struct platform_session *out);
int linux_spawn(struct platform *p, const struct platform_spawn *what, pid_t *pid);
int linux_memory(struct platform *p, pid_t pid, uint64_t *total_bytes, uint64_t *used_bytes);
int linux_kill(struct platform *p, pid_t pid, int signal);
int linux_wait_gone(struct platform *p, pid_t pid, int64_t timeout_ns, int *wait_status);
/* Reads a small file of /proc or /sys; returns 0 or a negated errno value. */
int linux_read_text(const char *path, char text[LINUX_PROC_TEXT_MAX]);

/* linux_loop.c */
int linux_serve(struct platform *p, const char *path, mode_t mode);
int linux_timer(struct platform *p, unsigned id, int64_t delay_ns);
void linux_leave(struct platform *p, int status);
int linux_reply(struct platform *p, struct platform_connection *c, const void *text, size_t bytes);
int linux_serve_events(struct linux_platform *l); /* a daemon's life after main; exit status */

/* linux_listen.c */
int linux_channel_serve(struct platform *p, const char *path, mode_t mode);
int linux_link_serve(struct platform *p, const struct platform_link *link);
bool linux_channel_child(struct linux_platform *l, pid_t pid); /* it was one that served */
void linux_channels_free(struct linux_platform *l);

/* linux_channel.c */
/*
 * The conversation of a child of the daemon with whoever has connected, by TLS if link is not NULL.
 * *settled, which the daemon sees as well, becomes true with the first message. Takes over fd.
 */
void linux_channel_converse(struct linux_platform *l, int fd, SSL_CTX *link, bool *settled);
int linux_channel_open(struct platform *p, const char *path, struct platform_channel **out);
int linux_channel_send(struct platform *p, struct platform_channel *c, const void *text,
		       size_t bytes, int64_t timeout_ns);
ssize_t linux_channel_receive(struct platform *p, struct platform_channel *c, void *text,
			      size_t bytes, int64_t timeout_ns);
void linux_channel_close(struct platform *p, struct platform_channel *c);
/* A message in a buffer: its bytes in front. frame_take: the length once it is all there, 0 while
 * it is not, -EMSGSIZE. */
int linux_frame_add(struct evbuffer *to, const void *text, size_t bytes);
ssize_t linux_frame_take(struct evbuffer *from, void *text, size_t bytes);

/* linux_link.c */
/* What both ends of a link are made from, NULL when the key is none; to be freed. As long as the
 * key is the same it is made once, which takes OpenSSL longer than a link: a daemon's children find
 * it made. */
SSL_CTX *linux_link_context(struct linux_platform *l, const struct platform_link *link);
/* Hash of the other end's public key; false: it has shown none. */
bool linux_link_key(SSL *ssl, unsigned char out[PLATFORM_KEY_BYTES]);
int linux_link_ask(struct platform *p, const struct platform_link *link,
		   const struct platform_ask *asks, size_t count, int64_t timeout_ns,
		   void (*done)(void *arg, size_t index, const struct platform_asked *what),
		   void *arg);

int linux_link_begin(struct platform *p, const struct platform_link *link,
		     const struct platform_ask *ask, int64_t timeout_ns, unsigned id);
void linux_links_free(struct linux_platform *l);

/* linux_message.c */
int linux_socket_bind(const char *path, int type, mode_t mode); /* listening descriptor */
int linux_socket_connect(const char *path, int type);           /* connected descriptor */
ssize_t linux_request(struct platform *p, const char *path, const void *text, size_t bytes,
		      void *answer, size_t answer_bytes, int64_t timeout_ns);
int linux_notify(struct platform *p, const char *path, const void *text, size_t bytes);

/* linux_secret.c */
ssize_t linux_secret_read(struct platform *p, const char *prompt, unsigned limit_s, char *out,
			  size_t bytes);
int linux_secret_make(struct platform *p, void *out, size_t bytes);
void linux_secret_free(void *memory);
void linux_secret_buffers(void); /* libevent overwrites its own; before its first use */

/* linux_password.c */
int linux_password_check(struct platform *p, const char *user, const char *host,
			 const char *password);
/* Whether PAM's modules would use the same OpenSSL as this program: one that is linked in is nobody
 * else's. */
bool linux_password_shares_openssl(void);

/* linux_kernel.c */
int linux_kernel_device(struct platform *p); /* open descriptor, kept, or a negated errno value */
int linux_kernel_status(struct platform *p, struct platform_kernel_status *out);
int linux_kernel_monitor(struct platform *p, bool on);
int linux_kernel_calls(struct platform *p, uint64_t *cursor, struct platform_call *out,
		       unsigned max);
int linux_kernel_unload_prepare(struct platform *p, int64_t timeout_ns,
				struct platform_kernel_status *out);
int linux_kernel_guard(struct platform *p, const char *path, bool closed);
int linux_kernel_silent(struct platform *p, bool deny, uid_t user, bool daemon);
int linux_kernel_load(struct platform *p, const char *path, bool monitor);
int linux_kernel_unload(struct platform *p, int64_t timeout_ns, struct platform_kernel_status *out);

/* The extension's open device, or a negated errno value. */
int linux_kernel_device(struct platform *p);

/* linux_files.c */
int linux_kernel_files(struct platform *p, const struct platform_file *files, size_t count);

/* linux_audit.c */
int linux_audit_serve(struct platform *p, uint64_t *origin);
int linux_audit_set(struct platform *p, const struct platform_audit_settings *settings);
int linux_audit_read(struct platform *p, struct platform_audit_event *out, unsigned max);
int linux_audit_done(struct platform *p);
int linux_audit_rewind(struct platform *p);
unsigned linux_audit_names(struct platform *p, const struct platform_audit_name **out);
void linux_audit_end(struct linux_platform *l);

/* linux_events.c */
int linux_events_open(struct platform *p, unsigned classes, size_t ring_bytes,
		      struct platform_events **out);
int linux_events_next(struct platform *p, struct platform_events *e, struct platform_event *out);
void linux_events_close(struct platform *p, struct platform_events *e);
int linux_login_begin(struct platform *p, struct platform_login *out);
int linux_login_of(struct platform *p, pid_t pid, struct platform_login *out);
int linux_login_next(struct platform *p, uint64_t *cursor, struct platform_login *out);
int linux_login_forget(struct platform *p, const struct platform_session *id);
int linux_login_leave(struct platform *p);

#endif
