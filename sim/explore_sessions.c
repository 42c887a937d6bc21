/* SPDX-License-Identifier: MIT */
/*
 * The explorer's world of login sessions: users come and go, leave work behind and are thrown out,
 * while seosd is killed at any step, the product is shut down and started, and the power is cut.
 * What has to hold: who was let in has one LOGIN record (event/login/8); a session has one LOGOUT
 * record, none while a process of it is left (event/logout/4, 5, 6, 15); only those that ended
 * while the product was shut down, or with the machine, may have none (event/logout/14).
 */
#include "ref/store/log.h"
#include "ref/store/product.h"
#include "sim/explorer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define STEPS     60
#define STAYS_MAX 128
#define OPEN_MAX  8
#define QUIET_NS  (20 * NS_PER_S)
#define WORK_NS   (70 * NS_PER_S) /* what a user has left behind has ended by then */
#define AUDIT_LOG "/opt/CA/PAMSC/log/seos.audit"

/* One who came, or tried to. */
struct stay {
	pid_t pid;                /* of his login, which leads the session */
	bool let_in;              /* he was told so, and the extension knows the session */
	bool ended;               /* no process is left */
	bool excused;             /* it ended while nobody was to record it */
	unsigned logins, logouts; /* records */
};

struct sessions {
	struct explorer *e;
	struct stay stays[STAYS_MAX];
	unsigned count;
	bool down; /* the product is shut down, or is just being */
};

/* What the extension knows of the session that a login leads: false when that is over and recorded,
 * or has never been. */
static bool is_known(const struct sessions *w, pid_t leader, struct platform_login *out)
{
	struct platform *p = sim_root(w->e->sim);
	uint64_t cursor = 0;

	while (!p->ops->login_next(p, &cursor, out)) {
		if (out->id.leader == leader)
			return true;
	}
	return false;
}

/* After each event. */
static void watch(struct explorer *e, void *world)
{
	struct sessions *w = world;

	for (unsigned i = 0; i < w->count; i++) {
		struct stay *s = &w->stays[i];
		bool lives = !s->ended && sim_process_lives(e->sim, s->pid);
		struct platform_login login;

		if (s->ended)
			continue;
		if (is_known(w, s->pid, &login) && login.processes) {
			s->let_in |= login.label_bytes > 0 && sim_process_serves(e->sim, s->pid);
		} else if (!lives) {
			s->ended = true;
			s->excused = w->down;
		}
	}
}

/* Records */

static struct stay *stay_of(struct sessions *w, const char *session)
{
	const char *colon = strchr(session, ':');
	pid_t leader = colon ? (pid_t)strtoul(colon + 1, NULL, 16) : 0;

	for (unsigned i = 0; leader && i < w->count; i++) {
		if (w->stays[i].pid == leader)
			return &w->stays[i];
	}
	return NULL;
}

static void count_records(struct sessions *w)
{
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record record;

	for (unsigned i = 0; i < w->count; i++)
		w->stays[i].logins = w->stays[i].logouts = 0;
	if (audit_log_read_open(sim_root(w->e->sim), AUDIT_LOG, &reader))
		return;
	/* A seosd that was killed may have left half a record at the end. */
	while (audit_log_read(reader, &record, NULL, &damage) == 1) {
		struct stay *s = stay_of(w, record.session);

		if (record.type != RECORD_LOGIN && record.type != RECORD_LOGOUT)
			continue;
		if (!s)
			explorer_violated(w->e, "a record of nobody's session");
		else if (record.type == RECORD_LOGIN)
			s->logins++;
		else
			s->logouts++;
	}
	audit_log_read_close(reader);
}

/* last: nothing happens any more, and all that is to be recorded has been. */
static void check_records(struct sessions *w, bool last)
{
	count_records(w);
	for (unsigned i = 0; i < w->count; i++) {
		const struct stay *s = &w->stays[i];

		if (s->logins > 1 || s->logouts > 1 || (s->let_in && !s->logins))
			explorer_violated(w->e,
					  "session %d has left %u records LOGIN and %u LOGOUT",
					  (int)s->pid, s->logins, s->logouts);
		if (s->logouts && !s->ended)
			explorer_violated(w->e, "session %d has a LOGOUT record, and goes on",
					  (int)s->pid);
		if (last && s->logins && !s->logouts && !s->excused)
			explorer_violated(w->e, "session %d has no LOGOUT record", (int)s->pid);
		w->e->result->logins += last ? s->logins : 0;
		w->e->result->logouts += last ? s->logouts : 0;
	}
}

/* Users */

static void come(struct sessions *w)
{
	static const char *const users[] = {"root", "olga", "paul", "nemo"};
	const char *const argv[] = {"login", users[explorer_pick(w->e, 4)], "tty1", NULL};
	struct stay *s = &w->stays[w->count];
	unsigned open = 0;

	for (unsigned i = 0; i < w->count; i++)
		open += !w->stays[i].ended;
	if (open == OPEN_MAX || w->count == STAYS_MAX)
		return;
	*s = (struct stay){
		.pid = sim_begin(w->e->sim, &(struct sim_command){.argv = argv}, "/tmp/out")};
	if (s->pid < 0) {
		explorer_violated(w->e, "set-up: login cannot be started");
		return;
	}
	explorer_tell(w->e, "%s comes: session %d", argv[1], (int)s->pid);
	w->count++;
}

/* Somebody goes, is thrown out, or leaves work behind and stays. */
static void go(struct sessions *w)
{
	static const int signals[] = {SIGTERM, SIGTERM, SIGKILL, SIGHUP};
	int signal = signals[explorer_pick(w->e, 4)];
	unsigned first = explorer_pick(w->e, STAYS_MAX);

	for (unsigned i = 0; i < w->count; i++) {
		const struct stay *s = &w->stays[(first + i) % w->count];

		if (!sim_process_lives(w->e->sim, s->pid))
			continue;
		explorer_tell(w->e, "session %d: signal %d", (int)s->pid, signal);
		(void)sim_kill(w->e->sim, s->pid, signal);
		watch(w->e, w);
		return;
	}
}

/* The product */

static void look_whether_down(struct sessions *w)
{
	bool up;

	watch(w->e, w); /* what has ended meanwhile */
	w->down = product_intended(sim_root(w->e->sim), &up) || !up;
}

static void shut_down(struct sessions *w)
{
	int status;

	w->down = true;
	status = EXPLORER_RUN(w->e, "secons", "-s");
	explorer_tell(w->e, "secons -s: exit %d", status);
	look_whether_down(w);
}

static void start(struct sessions *w)
{
	int status = EXPLORER_RUN(w->e, "seosd");

	explorer_tell(w->e, "seosd: exit %d", status);
	look_whether_down(w);
}

static void cut_power(struct sessions *w)
{
	struct platform_login login;

	for (unsigned i = 0; i < w->count; i++) {
		w->stays[i].excused |= is_known(w, w->stays[i].pid, &login);
		w->stays[i].ended = true;
	}
	explorer_cut_power(w->e);
	start(w);
}

static void step(struct sessions *w)
{
	unsigned what = explorer_pick(w->e, 100);

	if (what < 30)
		come(w);
	else if (what < 60)
		go(w);
	else if (what < 68)
		explorer_kill(w->e, "seosd");
	else if (what < 86)
		explorer_doom(w->e, "seosd", 1 + explorer_pick(w->e, 30));
	else if (what < 90)
		shut_down(w);
	else if (what < 98)
		start(w);
	else
		cut_power(w);
	explorer_advance(w->e, (int64_t)explorer_pick(w->e, 4000) * NS_PER_MS);
	check_records(w, false);
}

static void set_up(struct sessions *w)
{
	if (sim_user_add(w->e->sim, 1001, "olga") || sim_user_add(w->e->sim, 1002, "paul") ||
	    sim_user_add(w->e->sim, 1003, "nemo"))
		explorer_violated(w->e, "set-up: no user");
	explorer_write(w->e, "/opt/CA/PAMSC/seos.ini", "[seosd]\n");
	if (EXPLORER_RUN(w->e, "selang", "-c", "newusr root admin; newusr olga; newusr paul"))
		explorer_violated(w->e, "set-up failed");
	sim_power(w->e->sim);
	sim_slow(w->e->sim, 200, 3 * NS_PER_S);
	start(w);
}

/* Nobody dies any more, and all go. */
static void settle(struct sessions *w)
{
	sim_die(w->e->sim, NULL, 0);
	explorer_advance(w->e, QUIET_NS);
	start(w);
	if (w->down || !sim_process_serves(w->e->sim, sim_process_find(w->e->sim, "seosd")))
		explorer_violated(w->e, "the product cannot be started");
	for (unsigned i = 0; i < w->count; i++) {
		if (sim_process_lives(w->e->sim, w->stays[i].pid))
			(void)sim_kill(w->e->sim, w->stays[i].pid, SIGTERM);
	}
	explorer_advance(w->e, WORK_NS);
	check_records(w, true);
}

void explore_sessions(struct explorer *e)
{
	struct sessions *w = calloc(1, sizeof(*w));

	if (!w) {
		explorer_violated(e, "out of memory");
		return;
	}
	w->e = e;
	e->watch = watch;
	e->world = w;
	set_up(w);
	for (unsigned i = 0; i < STEPS && !e->broken; i++)
		step(w);
	if (!e->broken)
		settle(w);
	free(w);
}
