/* SPDX-License-Identifier: MIT */
/*
 * The explorer's world of daemons: users ask for shutdowns, several at a time, while daemons are
 * killed at any step, the power is cut, and programs come and go in hooked calls. What has to hold:
 * a request that was answered has left one record, M or D, and any other at most one (event/
 * shutdown/11, secons/shutdown/4, 5); after a granted one no daemon comes back until the product is
 * started (secons/shutdown/2, 3, 7); a daemon that died is there again within seconds, and so are
 * two that died at once (daemon/restart/4); the kernel extension is never freed with a caller in
 * it, and a refused unload leaves it as it was.
 */
#include "ref/core/login.h"
#include "ref/core/watch.h"
#include "ref/store/log.h"
#include "sim/explorer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define STEPS        40
#define ASKED_MAX    256
#define AT_ONCE_MAX  3
#define CALLERS_MAX  8
#define LEADER       100000           /* of the first request's session; each has its own */
#define LONGEST_NS   (120 * NS_PER_S) /* any command takes */
#define RESTART_NS   (15 * NS_PER_S)  /* of a daemon, also when it has died often */
#define QUIET_NS     (20 * NS_PER_S)
#define AUDIT_LOG    "/opt/CA/PAMSC/log/seos.audit"
#define AUDIT_BACKUP "/opt/CA/PAMSC/log/seos.audit.bak"
#define OUTPUTS      "/tmp/out."

enum outcome {
	OUTCOME_OPEN, /* it runs */
	OUTCOME_GRANTED,
	OUTCOME_DENIED,
	OUTCOME_NOT_RUNNING,
	OUTCOME_UNKNOWN,
};

static const char *const outcomes[] = {"runs", "granted", "denied", "not running", "not known"};

struct asked {
	pid_t pid;
	bool may;
	enum outcome outcome;
	char session[RECORD_SESSION_MAX];
	unsigned granted, denied; /* records */
};

struct daemons {
	struct explorer *e;
	struct asked asked[ASKED_MAX];
	unsigned count;
	bool down; /* a shutdown was granted, and nobody has started the product since */
	pid_t callers[CALLERS_MAX];
	unsigned caller_count;
};

static const char *const ring[] = {"seosd", "seagent", "seoswd"};

static const struct user {
	const char *name;
	uid_t uid;
	bool may;
} users[] = {{"root", 0, true}, {"olga", 1001, true}, {"paul", 1002, false}, {"otto", 1003, false}};

static unsigned serving(const struct daemons *w)
{
	unsigned n = 0;

	for (size_t i = 0; i < 3; i++)
		n += sim_process_serves(w->e->sim, sim_process_find(w->e->sim, ring[i]));
	return n;
}

/* Records */

static struct asked *asked_in(struct daemons *w, const char *session)
{
	for (unsigned i = 0; i < w->count; i++) {
		if (!strcmp(w->asked[i].session, session))
			return &w->asked[i];
	}
	return NULL;
}

static void count_records(struct daemons *w, const char *path)
{
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record record;

	if (audit_log_read_open(sim_root(w->e->sim), path, &reader))
		return;
	/* A seosd that was killed may have left half a record at the end. */
	while (audit_log_read(reader, &record, NULL, &damage) == 1) {
		struct asked *a =
			record.type == RECORD_SHUTDOWN ? asked_in(w, record.session) : NULL;

		if (a && record.status == 'M')
			a->granted++;
		else if (a && record.status == 'D')
			a->denied++;
		else if (record.type == RECORD_SHUTDOWN)
			explorer_violated(w->e, "a SHUTDOWN record of nobody's request");
	}
	audit_log_read_close(reader);
}

static void check_records(struct daemons *w)
{
	for (unsigned i = 0; i < w->count; i++)
		w->asked[i].granted = w->asked[i].denied = 0;
	count_records(w, AUDIT_BACKUP);
	count_records(w, AUDIT_LOG);
	for (unsigned i = 0; i < w->count; i++) {
		const struct asked *a = &w->asked[i];
		unsigned granted = a->outcome == OUTCOME_GRANTED,
			 denied = a->outcome == OUTCOME_DENIED;
		bool told = granted || denied;

		if (told ? a->granted != granted || a->denied != denied
			 : a->granted + a->denied > 1)
			explorer_violated(w->e, "request %u (%s) has left %u records M and %u D", i,
					  outcomes[a->outcome], a->granted, a->denied);
	}
}

/* Requests */

static enum outcome outcome_of(struct daemons *w, unsigned i, int status)
{
	struct platform *p = sim_root(w->e->sim);
	char path[64], text[4096];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), OUTPUTS "%u", i);
	fd = p->ops->open(p, path, PLATFORM_READ, 0);
	if (fd >= 0) {
		n = p->ops->read(p, fd, text, sizeof(text) - 1, 0);
		p->ops->close(p, fd);
		(void)p->ops->unlink(p, path);
	}
	text[n > 0 ? n : 0] = '\0';
	if (strstr(text, " is shut down\n"))
		return OUTCOME_GRANTED; /* whatever came of unloading */
	if (strstr(text, " is not running\n"))
		return OUTCOME_NOT_RUNNING;
	return status == EXIT_REFUSED && strstr(text, " is not allowed to shut down ")
		       ? OUTCOME_DENIED
		       : OUTCOME_UNKNOWN;
}

static void end_request(struct daemons *w, unsigned i, int wait_status)
{
	struct asked *a = &w->asked[i];

	a->outcome = outcome_of(w, i, WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1);
	explorer_tell(w->e, "request %u: %s", i, outcomes[a->outcome]);
	w->e->result->granted += a->outcome == OUTCOME_GRANTED;
	w->e->result->denied += a->outcome == OUTCOME_DENIED;
	if (a->outcome == (a->may ? OUTCOME_DENIED : OUTCOME_GRANTED))
		explorer_violated(w->e, "request %u was %s", i, outcomes[a->outcome]);
	if (a->outcome == OUTCOME_GRANTED)
		w->down = true;
}

/* After each event: who has ended, and whether anything is up that must not be. */
static void watch(struct explorer *e, void *world)
{
	struct daemons *w = world;
	int wait_status;

	for (unsigned i = w->count > AT_ONCE_MAX ? w->count - AT_ONCE_MAX : 0; i < w->count; i++) {
		if (w->asked[i].outcome == OUTCOME_OPEN &&
		    !sim_process_lives(e->sim, w->asked[i].pid) &&
		    !sim_process_ended(e->sim, w->asked[i].pid, &wait_status))
			end_request(w, i, wait_status);
	}
	if (w->down && serving(w))
		explorer_violated(e, "after a granted shutdown a daemon runs");
	if (sim_kernel_fault(e->sim))
		explorer_violated(e, "%s", sim_kernel_fault(e->sim));
}

static bool any_open(const struct daemons *w)
{
	for (unsigned i = w->count > AT_ONCE_MAX ? w->count - AT_ONCE_MAX : 0; i < w->count; i++) {
		if (w->asked[i].outcome == OUTCOME_OPEN)
			return true;
	}
	return false;
}

static void ask_one(struct daemons *w)
{
	unsigned who = explorer_pick(w->e, 4);
	bool unload = explorer_pick(w->e, 3) == 0;
	struct asked *a = &w->asked[w->count];
	const char *const argv[] = {"secons", unload ? "-sk" : "-s", NULL};
	const struct sim_command command = {.argv = argv,
					    .uid = users[who].uid,
					    .session = LEADER + (pid_t)w->count,
					    .session_s = EXPLORER_WALL_S};
	char output[64];

	*a = (struct asked){.may = users[who].may};
	login_session_text(command.session_s, command.session, a->session);
	snprintf(output, sizeof(output), OUTPUTS "%u", w->count);
	a->pid = sim_begin(w->e->sim, &command, output);
	if (a->pid < 0) {
		explorer_violated(w->e, "set-up: secons cannot be started");
		return;
	}
	explorer_tell(w->e, "request %u: %s asks with secons %s", w->count, users[who].name,
		      argv[1]);
	w->count++;
}

static void ask(struct daemons *w)
{
	unsigned together = 1 + explorer_pick(w->e, AT_ONCE_MAX);
	int64_t end_ns = sim_boot_ns(w->e->sim) + LONGEST_NS;

	for (unsigned i = 0; i < together && w->count < ASKED_MAX; i++)
		ask_one(w);
	while (any_open(w) && sim_boot_ns(w->e->sim) < end_ns && !w->e->broken)
		explorer_advance(w->e, 100 * NS_PER_MS);
	if (any_open(w))
		explorer_violated(w->e, "a request is not answered");
}

/* The extension */

static void unload(struct daemons *w)
{
	struct platform *p = sim_root(w->e->sim);
	struct platform_kernel_status before, after;
	int was = p->ops->kernel_status(p, &before);
	int status = EXPLORER_RUN(w->e, "SEOS_load", "-u");
	int is = p->ops->kernel_status(p, &after);

	explorer_tell(w->e, "SEOS_load -u: exit %d", status);
	if (status == EXIT_DONE && is != -ENODEV)
		explorer_violated(w->e, "SEOS_load -u is done, and the extension is there");
	if (status != EXIT_DONE && (was || is || after.prepared != before.prepared))
		explorer_violated(w->e, "a refused SEOS_load -u has changed the extension");
	w->e->result->unloads += !was && is == -ENODEV;
}

/* Either it calls often, or it stays: until it is moved out, or for good when it cannot be. */
static void add_caller(struct daemons *w)
{
	struct platform_call call = {.number = 43,
				     .ppid = 1,
				     .movable = explorer_pick(w->e, 2) == 0,
				     .program = "/usr/sbin/some"};
	int64_t longest_ns = (int64_t)(1 + explorer_pick(w->e, 3000)) * NS_PER_MS;
	bool stays = explorer_pick(w->e, 3) == 0;
	pid_t pid;

	if (w->caller_count == CALLERS_MAX)
		return;
	pid = sim_caller_add(w->e->sim, &call, stays ? 0 : longest_ns, longest_ns);
	if (pid > 0)
		w->callers[w->caller_count++] = pid;
	explorer_tell(w->e, "process %d begins to call%s", (int)pid,
		      call.movable ? ", and can be moved out" : "");
}

static void end_caller(struct daemons *w)
{
	if (w->caller_count == 0)
		return;
	w->caller_count--;
	sim_call_leave(w->e->sim, w->callers[w->caller_count]);
	explorer_tell(w->e, "process %d is gone", (int)w->callers[w->caller_count]);
}

/* Daemons */

static void start(struct daemons *w)
{
	int loaded = EXPLORER_RUN(w->e, "SEOS_load");
	int status;

	w->down = false;
	status = EXPLORER_RUN(w->e, "seosd");
	explorer_tell(w->e, "SEOS_load: exit %d; seosd: exit %d", loaded, status);
}

static void wait_for_all(struct daemons *w, const char *died)
{
	int64_t begin_ns = sim_boot_ns(w->e->sim), took_ns = 0;

	while (serving(w) < 3 && took_ns < RESTART_NS && !w->e->broken) {
		explorer_advance(w->e, 10 * NS_PER_MS);
		took_ns = sim_boot_ns(w->e->sim) - begin_ns;
	}
	if (took_ns >= RESTART_NS)
		explorer_violated(w->e, "%s is not started again", died);
	if (took_ns / NS_PER_MS > w->e->result->slowest_restart_ms)
		w->e->result->slowest_restart_ms = took_ns / NS_PER_MS;
}

/* Others start it again, if they are left alone; or somebody asks for a shutdown meanwhile. */
static void kill_one(struct daemons *w)
{
	const char *name = ring[explorer_pick(w->e, 3)];
	bool all = serving(w) == 3;

	if (sim_die(w->e->sim, NULL, 0))
		explorer_tell(w->e, "nobody else will die");
	explorer_kill(w->e, name);
	if (explorer_pick(w->e, 2)) {
		explorer_advance(w->e, (int64_t)explorer_pick(w->e, 1500) * NS_PER_MS);
		ask(w);
	} else if (all) {
		wait_for_all(w, name);
	}
}

/* All but one, while perhaps none of them is past its start. */
static void kill_two(struct daemons *w)
{
	unsigned spared = explorer_pick(w->e, 3);

	for (unsigned i = 0; i < 3; i++) {
		if (!sim_process_find(w->e->sim, ring[i]))
			return;
	}
	if (sim_die(w->e->sim, NULL, 0))
		explorer_tell(w->e, "nobody else will die");
	explorer_kill(w->e, ring[(spared + 1) % 3]);
	explorer_kill(w->e, ring[(spared + 2) % 3]);
}

/* Twice in a row, the second time as soon as there are three again, or a little later. */
static void kill_two_twice(struct daemons *w)
{
	int64_t end_ns = sim_boot_ns(w->e->sim) + RESTART_NS;
	unsigned later = explorer_pick(w->e, 10);

	if (serving(w) < 3)
		return;
	kill_two(w);
	while (sim_process_find(w->e->sim, ring[0]) == 0 ||
	       sim_process_find(w->e->sim, ring[1]) == 0 ||
	       sim_process_find(w->e->sim, ring[2]) == 0) {
		if (!sim_step(w->e->sim, end_ns))
			break;
	}
	while (later-- > 0)
		(void)sim_step(w->e->sim, end_ns);
	kill_two(w);
	wait_for_all(w, "one of two");
}

static void doom_one(struct daemons *w)
{
	const char *name = ring[explorer_pick(w->e, 3)];

	explorer_doom(w->e, name, 1 + explorer_pick(w->e, 30));
}

static void step(struct daemons *w)
{
	unsigned what = explorer_pick(w->e, 100);

	if (what < 30)
		ask(w);
	else if (what < 40)
		kill_one(w);
	else if (what < 44)
		kill_two_twice(w);
	else if (what < 58)
		doom_one(w);
	else if (what < 73)
		start(w);
	else if (what < 82)
		add_caller(w);
	else if (what < 85)
		end_caller(w);
	else if (what < 98)
		unload(w);
	else
		explorer_cut_power(w->e);
	explorer_advance(w->e, (int64_t)explorer_pick(w->e, 4000) * NS_PER_MS);
	check_records(w);
}

static void set_up(struct daemons *w)
{
	for (size_t i = 1; i < sizeof(users) / sizeof(users[0]); i++) {
		if (sim_user_add(w->e->sim, users[i].uid, users[i].name))
			explorer_violated(w->e, "set-up: no user");
	}
	explorer_write(w->e, "/opt/CA/PAMSC/seos.ini", "[seosd]\n");
	(void)sim_chmod(w->e->sim, "/opt/CA/PAMSC/seos.ini", 0644);
	if (EXPLORER_RUN(w->e, "selang", "-c", "newusr root admin") ||
	    EXPLORER_RUN(w->e, "selang", "-c", "newusr olga operator; newusr paul"))
		explorer_violated(w->e, "set-up failed");
	sim_power(w->e->sim);
	sim_slow(w->e->sim, 200, 3 * NS_PER_S);
}

/* Nothing happens any more: what was shut down stays down, and else a last request is granted. */
static void settle(struct daemons *w)
{
	sim_die(w->e->sim, NULL, 0);
	explorer_advance(w->e, QUIET_NS);
	start(w);
	if (serving(w) != 3)
		explorer_violated(w->e, "the product cannot be started");
	while (!w->down && !w->e->broken && w->count < ASKED_MAX)
		ask(w);
	explorer_advance(w->e, QUIET_NS);
	check_records(w);
}

void explore_daemons(struct explorer *e)
{
	struct daemons *w = calloc(1, sizeof(*w));

	if (!w) {
		explorer_violated(e, "out of memory");
		return;
	}
	w->e = e;
	e->watch = watch;
	e->world = w;
	set_up(w);
	start(w);
	for (unsigned i = 0; i < STEPS && !e->broken; i++)
		step(w);
	if (!e->broken)
		settle(w);
	free(w);
}
