/* SPDX-License-Identifier: MIT */
/*
 * What seosd goes by in seos.ini: read when it starts and when secons -rl says so, and changed by
 * seini while it runs.
 */
#include "ref/cmd/seosd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All of seos.ini that seosd goes by. Nothing is changed when something in it is wrong. */
struct settings {
	struct product product;
	struct audit_log_config log;
	struct trace trace;
};

static int load_settings(struct platform *p, struct settings *out, char *why, size_t bytes)
{
	int error = product_load(p, &out->product, why, bytes);

	if (error)
		return error;
	error = audit_log_configure(p, out->product.ini, &out->log, why, bytes);
	if (!error)
		error = trace_configure(p, out->product.ini, &out->trace, why, bytes);
	if (error)
		product_free(&out->product);
	return error;
}

int settings_read(struct program_run *run, struct seosd *d)
{
	struct settings *s = calloc(1, sizeof(*s));
	char why[POLICY_WHY_MAX] = "out of memory";
	int error = s ? load_settings(run->platform, s, why, sizeof(why)) : -ENOMEM;

	if (error) {
		fprintf(run->err, "seosd: %s\n", why);
		free(s);
		return EXIT_USAGE;
	}
	d->product = s->product;
	d->log_config = s->log;
	d->trace = s->trace;
	free(s);
	error = journal_load_filters(&d->journal, run->platform, why, sizeof(why));
	if (error) {
		fprintf(run->err, "seosd: %s\n", why);
		return EXIT_USAGE;
	}
	/* Nobody looks at the screen of one that the ring has started again. */
	if (d->traced || (d->restarted && d->trace.to == TRACE_SCREEN)) {
		d->trace.to = TRACE_FILE;
		d->trace.on = true;
	}
	run->foreground = d->trace.to == TRACE_SCREEN;
	d->trace.screen = run->foreground ? run->out : NULL;
	return 0;
}

/* Opens the log anew, with other settings; should that fail, with those it had. */
static int change_log(struct seosd *d, struct platform *p, const struct audit_log_config *new)
{
	int error;

	if (audit_log_config_same(&d->log_config, new))
		return 0;
	audit_log_close(d->journal.log);
	error = audit_log_open(p, new, &d->journal.log, NULL);
	if (!error)
		d->log_config = *new;
	else if (audit_log_open(p, &d->log_config, &d->journal.log, NULL))
		d->journal.log = NULL;
	return error;
}

/* Takes over what is in s, and frees what was. */
static int apply_settings(struct seosd *d, struct platform *p, struct settings *s)
{
	int error = change_log(d, p, &s->log);

	if (error)
		return error;
	product_free(&d->product);
	d->product = s->product;
	s->product.ini = NULL;
	/* Whether it is on is for -t+ and -t- to say; where it goes, for the next start. */
	if (d->trace.to != TRACE_SCREEN && s->trace.to != TRACE_SCREEN && !d->traced) {
		s->trace.on = s->trace.to != TRACE_NONE && d->trace.on;
		d->trace = s->trace;
	}
	error = p->ops->kernel_monitor(p, d->product.monitor);
	return error == -ENODEV ? 0 : error;
}

void settings_reload(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct accessor *who)
{
	struct settings *s;
	char why[POLICY_WHY_MAX] = "out of memory";
	int error;

	if (!access_may_shutdown(who)) {
		answer_not_allowed(p, c, who, "have seos.ini read");
		return;
	}
	s = calloc(1, sizeof(*s));
	error = s ? load_settings(p, s, why, sizeof(why)) : -ENOMEM;
	if (error) {
		answer_line(p, c, EXIT_USAGE, "%s: nothing was changed", why);
		free(s);
		return;
	}
	error = apply_settings(d, p, s);
	seosd_protect(d, p); /* other files, perhaps, and another mode */
	product_free(&s->product);
	free(s);
	if (error)
		answer_line(p, c, EXIT_REFUSED, "not all of seos.ini can be obeyed: %s",
			    strerror(-error));
	else
		answer_output(p, c, "");
	if (!d->journal.log)
		p->ops->leave(p, EXIT_REFUSED); /* without a log nothing may go on */
}

/* A rule that gives WRITE on seos.ini, by its installed path, permits what seosd then does itself
 * (daemon/ini/5). */
void settings_change(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct accessor *who, const struct message_request *request)
{
	struct access_terminal_rule rule = {.known = false};
	char path[PLATFORM_PATH_MAX];
	char why[MESSAGE_TEXT_MAX];
	int error = path_installed(p, SEOS_INI, path);

	if (!error)
		error = policy_terminal_rule(d->policy, SEOS_INI, who->user, &rule);
	if (error) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s", policy_error(d->policy));
		return;
	}
	if (!access_may_configure(&rule)) {
		answer_line(p, c, EXIT_REFUSED,
			    "%s runs, and no rule of class FILE gives user %s WRITE on %s",
			    code_product(d->product.brand), who->user, SEOS_INI);
		return;
	}
	error = config_edit(p, path, request->section, request->token, request->value, why,
			    sizeof(why));
	answer_line(p, c,
		    !error             ? EXIT_DONE
		    : error == -EINVAL ? EXIT_USAGE
				       : EXIT_REFUSED,
		    "%s", error ? why : "");
}
