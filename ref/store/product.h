/* SPDX-License-Identifier: MIT */
/*
 * The installed product: its settings in seos.ini, where its files are, which daemons run, and
 * whether they are meant to. Not for watching and starting them (wire/ring.h).
 */
#ifndef REF_STORE_PRODUCT_H
#define REF_STORE_PRODUCT_H

#include "ref/core/codes.h"
#include "ref/platform/platform.h"
#include "ref/store/config.h"
#include "ref/store/file.h"

#define PRODUCT_DATABASE        PAMSC_DIR "/seosdb/seos.db"
#define PRODUCT_SOCKET          PAMSC_DIR "/run/seosd.socket" /* where seosd takes requests */
#define PRODUCT_AGENT           PAMSC_DIR "/run/seagent.socket" /* where seagent takes those of secons */
#define PRODUCT_ERRORS          PAMSC_DIR "/log/daemons.err" /* what daemons have to complain of */

#define PRODUCT_SEAGENT_PROGRAM PAMSC_DIR "/bin/seagent"

/* First the three that watch each other, each the next one, the last one the first; then those that
 * come and go alone. */
enum product_daemon {
	PRODUCT_SEOSD,
	PRODUCT_SEAGENT,
	PRODUCT_SEOSWD,
	PRODUCT_SELOGRD,
	PRODUCT_SELOGRCD,
	PRODUCT_SEREVU,
};

#define PRODUCT_DAEMONS (PRODUCT_SEOSWD + 1) /* of the ring */
#define PRODUCT_ALL     (PRODUCT_SEREVU + 1)

struct product {
	struct config *ini;
	enum code_brand brand; /* [product] brand: pamsc or ac */
	bool monitor;          /* [SEOS_syscall] syscall_monitor */
	bool silent_deny;      /* maintenance mode */
	uid_t silent_admin;    /* who may go on in it */
	uint16_t port;         /* [seagent] port: where hosts reach each other */
	uint16_t collect_port; /* [selogrd] port: where selogrcd takes the records of hosts */
};

/*
 * Reads seos.ini. Without it nothing of the product runs. Returns 0, or a negated errno value with
 * the reason in words in why, which is a whole line to show.
 */
int product_load(struct platform *p, struct product *out, char *why, size_t bytes);
void product_free(struct product *product);

const char *product_daemon_name(enum product_daemon daemon);
/* Finds a daemon by its name: false when there is none. */
bool product_daemon_named(const char *name, enum product_daemon *daemon);
/* The lock a daemon holds as long as it lives. Returns 0 or -ENAMETOOLONG. */
int product_lock_path(struct platform *p, enum product_daemon daemon, char out[PLATFORM_PATH_MAX]);
/* PID of a daemon, 0 when it does not run, or a negated errno value. */
pid_t product_daemon_pid(struct platform *p, enum product_daemon daemon);
/* Whether any of the three runs. Who may not see their locks goes by the intended state. */
bool product_runs(struct platform *p);

/* After seosd has answered that it ends: waits until it, and with it the product, is gone. Returns
 * 0, or -ETIMEDOUT. */
int product_wait_end(struct platform *p, pid_t seosd);

/* Makes a folder of the installation when it is missing ("/log"). Returns 0 or a negated errno
 * value. */
int product_folder(struct platform *p, const char *name, mode_t mode);

/* Adds a line to PRODUCT_ERRORS; should that fail, nobody is left to be told. */
void product_complain(struct platform *p, const char *line);

/*
 * The intended state, kept on disk (daemon/restart/6): up from a start until a shutdown is granted.
 * It is down when it was never set. Both return 0 or a negated errno value.
 */
int product_intend(struct platform *p, bool up);
int product_intended(struct platform *p, bool *up);

/*
 * Which process of a daemon has its START record, kept on disk so that a seosd that was started
 * again writes none twice. note: after the record was written; pid 0: none has. noted: whether it
 * is this process. A note of an earlier boot counts for nothing.
 */
int product_note_start(struct platform *p, enum product_daemon daemon, pid_t pid);
bool product_start_noted(struct platform *p, enum product_daemon daemon, pid_t pid);

#endif
