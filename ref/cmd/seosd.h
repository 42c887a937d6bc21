/* SPDX-License-Identifier: MIT */
/*
 * What the parts of seosd share: its state, and what each part does when it is asked. Not for other
 * programs: they know wire/message.h.
 *
 * All requests are answered on the connection c, at once unless it says otherwise. peer is who the
 * system says has asked, who is what the policy database knows of him.
 */
#ifndef REF_CMD_SEOSD_H
#define REF_CMD_SEOSD_H

#include "ref/cmd/seosd_login.h"
#include "ref/core/guess.h"
#include "ref/core/shutdown.h"
#include "ref/store/journal.h"
#include "ref/store/policy.h"
#include "ref/store/product.h"
#include "ref/store/trace.h"
#include "ref/wire/callers.h"
#include "ref/wire/message.h"
#include "ref/wire/ring.h"

#define SEOSD_TICK          0 /* timers */
#define SEOSD_SHUTDOWN_TICK 1
#define SEOSD_END_TICK      2
#define SEOSD_WAITING_MAX   32 /* requests for a shutdown that is on its way */
#define SEOSD_SCANS_MAX     8  /* listings read at the same time */

/* A listing that somebody reads answer by answer. */
struct listing {
	pid_t reader; /* 0: free */
	uint64_t age; /* of its last use; the oldest makes room */
	struct callers callers;
};

struct seosd {
	struct product product;
	struct audit_log_config log_config;
	struct policy *policy;
	struct journal journal;
	struct ring ring;
	bool restarted;       /* by the ring */
	bool start_recorded;  /* that of seosd itself */
	bool protects;        /* the extension keeps other programs from the files */
	int unprotected;      /* why it does not; 0: it does, or there is none */
	char protection[160]; /* what was said of it last, a line */
	struct shutdown shutdown;
	bool unload; /* one of those who wait asked for that too */
	struct {
		struct platform_connection *connection;
		bool unload;
	} waiting[SEOSD_WAITING_MAX];
	unsigned waiting_count;
	struct ending {
		struct platform_connection *connection; /* NULL: free */
		enum product_daemon daemon;
		pid_t pid;
		int64_t give_up_ns;
	} endings[SEOSD_WAITING_MAX];
	struct listing listings[SEOSD_SCANS_MAX];
	uint64_t listings_used;
	pid_t seagent; /* the last one that ran: its children live on */
	struct guesses guesses;
	struct trace trace;
	bool traced; /* -d: to the file, whatever seos.ini says */
	uint64_t remote_denied, remote_granted, remote_errors;
	struct logins logins;
	struct {
		struct platform_events *events; /* NULL: no extension so far */
		int64_t seen;                   /* policy_changes() that the extension knows */
		int64_t retry_ns;               /* boot time; 0: all is in force */
		bool guarded;                   /* it knows of some file */
	} files;
};

/* seosd.c */

/* What an operation of the kernel extension says, in words. */
const char *seosd_extension_error(int error);

/*
 * Asks the extension to keep other programs from the product's files (log/protect/1..3,
 * daemon/ini/4), and says what is to be while no daemon runs. Without an extension that can,
 * permissions have to do; the next tick tries again. One that could and does not is complained of
 * once (daemon/seosd/16).
 */
void seosd_protect(struct seosd *d, struct platform *p);

/* seosd_answer.c */

/* Its text loses what does not print; the caller keeps the answer. */
void answer_send(struct platform *p, struct platform_connection *c, struct message_answer *answer);
__attribute__((format(printf, 4, 5))) void answer_line(struct platform *p,
						       struct platform_connection *c,
						       enum exit_status status, const char *format,
						       ...);
void answer_not_allowed(struct platform *p, struct platform_connection *c,
			const struct accessor *who, const char *what);
void answer_output(struct platform *p, struct platform_connection *c, const char *output);

/* seosd_settings.c */

/* All of seos.ini, when seosd starts. Returns 0, or an exit status, and has said why. */
int settings_read(struct program_run *run, struct seosd *d);
/* Again; nothing is changed when something in it is wrong. */
void settings_reload(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct accessor *who);
/* For seini, where a rule permits it (daemon/ini/5). */
void settings_change(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct accessor *who, const struct message_request *request);

/* seosd_shutdown.c */

/* Why one of this host may not shut down; NULL: he may. */
const char *shutdown_local_refusal(const struct accessor *who);
/* The record of a request, and of a refused one the answer. Returns whether it goes on. */
bool shutdown_admit(struct seosd *d, struct platform *p, struct platform_connection *c,
		    const struct accessor *who, const char *refusal);
/* Refused (refusal is not NULL), or begun and answered when it has ended. */
void shutdown_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct accessor *who, const char *refusal, bool unload);
void shutdown_go_on(struct seosd *d, struct platform *p);

/* seosd_ending.c */

/* Answered when the daemon has ended, or will not. */
void endings_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
		 const struct accessor *who, const struct message_request *request);
void endings_go_on(struct seosd *d, struct platform *p);
/* Time until who was told to end at begun_ns (boot time) is looked at again: as long as it has
 * taken so far, from 1 to 50 ms. */
int64_t ending_look_ns(struct platform *p, int64_t begun_ns);

/* seosd_scan.c */

void scan_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
	      const struct accessor *who, pid_t reader, const struct message_request *request);

/* seosd_host.c */

/* Which hosts a name stands for, if the user may shut them down. */
void hosts_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
	       const struct platform_peer *peer, const struct message_request *request);
/* What a user of another host wants: that host vouches for him. */
void hosts_remote(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct platform_peer *peer, const struct message_request *request);

/* seosd_account.c */

void account_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
		 const struct platform_peer *peer, const struct message_request *request);

/* seosd_status.c */

void status_trace(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct accessor *who, const struct message_request *request);
void status_statistics(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct accessor *who);

/* seosd_file.c */

/* Listens to the extension, if it is there and nobody does yet. */
void files_open(struct seosd *d, struct platform *p);
/* Has the extension enforce what the rules of class FILE say now (access/file). Returns 0, or why
 * it does not. */
int files_guard(struct seosd *d, struct platform *p);
/* The same when the policy database may have changed. */
int files_changed(struct seosd *d, struct platform *p);
/* Records what the extension has reported up to now. */
void files_settle(struct seosd *d, struct platform *p);
void files_tick(struct seosd *d, struct platform *p);
void files_close(struct seosd *d, struct platform *p);

/* seosd_trusted.c */

/* The file behind the one that is named. */
void trusted_next(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct platform_peer *peer, const struct message_request *request);
/* seoswd has found it changed: it is trusted no more. */
void trusted_withdraw(struct seosd *d, struct platform *p, struct platform_connection *c,
		      const struct platform_peer *peer, const struct message_request *request);

#endif
