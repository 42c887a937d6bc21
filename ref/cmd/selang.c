/* SPDX-License-Identifier: MIT */
/*
 * selang: commands on the policy database. seosd runs them while it is up; otherwise root runs them
 * on the database itself, which is made when there is none. What the commands are and who may give
 * them stands in core/access_command.h and core/access.h.
 */
#include "ref/store/log.h"
#include "ref/store/policy_command.h"
#include "ref/store/product.h"
#include "ref/wire/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASK_TIMEOUT_NS (30 * NS_PER_S)

static const char usage[] =
	"Usage: selang -c \"COMMAND[;COMMAND...]\"\n"
	"  newusr NAME [ATTRIBUTE...]     define a user (nu)\n"
	"  chusr NAME ATTRIBUTE[-]...     give him attributes, with - take them away (cu)\n"
	"  editusr NAME [ATTRIBUTE[-]...] change him, or define him (eu)\n"
	"  rmusr NAME                     delete him (ru)\n"
	"  showusr NAME                   show his attributes (su)\n"
	"  newres CLASS NAME [OPTION...]  define a record (nr)\n"
	"  editres CLASS NAME [OPTION...] change it, or define it (er)\n"
	"  rmres CLASS NAME               delete it (rr)\n"
	"  showres CLASS NAME             show it (sr)\n"
	"  authorize CLASS NAME uid(USER) access(ACCESS)  set an access rule (auth)\n"
	"  authorize- CLASS NAME uid(USER)                take it away (auth-)\n"
	"Attributes: admin, operator, auditor, server; audit(MODE,...). Classes: HOST, GHOST, "
	"TERMINAL, FILE.\n"
	"MODE: fail, success, loginfail, loginsuccess, trace, interactive, all, none.\n"
	"Options: owner(USER); of a GHOST mem(HOST,...), mem-(HOST,...); of a TERMINAL or FILE "
	"defacc(ACCESS).\n"
	"ACCESS: read, write, all, none; USER: a name, or * for everybody.\n";

/* The stores of a run without seosd. */
struct stores {
	struct product product;
	struct policy *policy;
	struct audit_log *log;
};

static int append_record(void *arg, const struct audit_record *record)
{
	struct stores *s = arg;

	return audit_log_append(s->log, record);
}

static int open_log(struct platform *p, struct stores *s, char *why, size_t bytes)
{
	struct audit_log_config config;
	int error = audit_log_configure(p, s->product.ini, &config, why, bytes);

	if (error)
		return error;
	error = product_folder(p, "/log", 0755);
	if (!error)
		error = audit_log_open(p, &config, &s->log, NULL);
	if (error)
		snprintf(why, bytes, "audit log %s: %s", config.path,
			 error == -EBUSY ? "another process writes it" : strerror(-error));
	return error;
}

static int print_report(struct program_run *run, int status, const char *output, const char *error)
{
	fputs(output, run->out);
	if (error[0])
		fprintf(run->err, "selang: %s\n", error);
	return status;
}

static int run_commands(struct program_run *run, struct stores *s, const char *commands)
{
	struct platform *p = run->platform;
	const struct policy_journal journal = {append_record, s};
	struct policy_report *report = malloc(sizeof(*report));
	struct accessor who;
	int status = EXIT_REFUSED;

	if (!report)
		return print_report(run, EXIT_REFUSED, "", "out of memory");
	if (policy_accessor(p, s->policy, p->ops->uid(p), p->ops->pid(p), &who)) {
		print_report(run, EXIT_REFUSED, "", policy_error(s->policy));
	} else {
		policy_run(p, s->policy, &who, commands, &journal, report);
		status = print_report(run, report->status, report->output, report->error);
	}
	free(report);
	return status;
}

static int run_directly(struct program_run *run, const char *commands)
{
	struct platform *p = run->platform;
	struct stores s = {0};
	char why[POLICY_WHY_MAX];
	int status;
	int error;

	if (p->ops->uid(p) != 0)
		return print_report(run, EXIT_REFUSED, "",
				    "seosd is not running, and without it only root can change the "
				    "policy database");
	error = product_load(p, &s.product, why, sizeof(why));
	/* The database comes first: who has it open has the log to himself as well. */
	if (!error)
		error = policy_open(p, POLICY_CREATE, &s.policy, why, sizeof(why));
	if (!error)
		error = open_log(p, &s, why, sizeof(why));
	if (error)
		status = print_report(run, error == -EBUSY ? EXIT_REFUSED : EXIT_USAGE, "", why);
	else
		status = run_commands(run, &s, commands);
	audit_log_close(s.log);
	policy_close(s.policy);
	product_free(&s.product);
	return status;
}

/* Through seosd; -ECONNREFUSED: it does not run. Else the exit status. */
static int run_by_seosd(struct program_run *run, const char *commands)
{
	struct message_request request = {.op = MESSAGE_SELANG};
	struct message_answer *answer = malloc(sizeof(*answer));
	char why[128];
	int status;

	snprintf(request.commands, sizeof(request.commands), "%s", commands);
	status = answer ? message_ask(run->platform, &request, ASK_TIMEOUT_NS, answer) : -ENOMEM;
	if (status == 0) {
		status = print_report(run, (int)answer->status, answer->output, answer->text);
	} else if (status != -ECONNREFUSED) {
		snprintf(why, sizeof(why),
			 "asking seosd: %s; whether the commands ran is not known",
			 strerror(-status));
		status = print_report(run, EXIT_REFUSED, "", why);
	}
	free(answer);
	return status;
}

static int selang_main(struct program_run *run, int argc, char **argv)
{
	int status;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (argc != 3 || strcmp(argv[1], "-c") != 0) {
		fputs(usage, run->err);
		return EXIT_USAGE;
	}
	if (strlen(argv[2]) >= ACCESS_COMMANDS_BYTES_MAX) {
		fprintf(run->err, "selang: commands of more than %d bytes\n",
			ACCESS_COMMANDS_BYTES_MAX - 1);
		return EXIT_USAGE;
	}
	status = run_by_seosd(run, argv[2]);
	return status == -ECONNREFUSED ? run_directly(run, argv[2]) : status;
}

const struct program selang_program = {"selang", selang_main, NULL};
