/* SPDX-License-Identifier: MIT */
/*
 * What programs say to seosd on the local control socket: one JSON object asked, one answered, each
 * within PLATFORM_MESSAGE_MAX. Reading is strict: what is not exactly such an object is refused
 * with a reason. Who asks is told by the system (struct platform_peer), never by the message.
 */
#ifndef REF_WIRE_MESSAGE_H
#define REF_WIRE_MESSAGE_H

#include "ref/core/access_command.h"
#include "ref/core/record.h"
#include "ref/platform/platform.h"
#include "ref/store/config.h"
#include "ref/store/policy_command.h"

#define MESSAGE_WHY_MAX   128
#define MESSAGE_WORD_MAX  32
#define MESSAGE_TEXT_MAX  1024 /* bytes of the line an answer can carry */
#define MESSAGE_CALLS_MAX 16   /* calls in one answer: their paths always fit */

enum message_op {
	MESSAGE_SHUTDOWN, /* end the daemons; answered when the others have ended */
	MESSAGE_SCAN,     /* the next callers inside intercepted calls */
	MESSAGE_STARTED,  /* a daemon has started */
	MESSAGE_SELANG,   /* run commands */
	MESSAGE_HOSTS,    /* of seagent: which hosts a name means, and may a user ask them */
	MESSAGE_REMOTE,   /* of seagent: a shutdown that another host asks for */
	MESSAGE_TRACE,    /* the trace: turn on and off, empty, add to */
	MESSAGE_RELOAD,   /* read seos.ini anew */
	MESSAGE_STATISTICS,
	MESSAGE_TRUSTED, /* of seoswd: the next trusted file */
	MESSAGE_UNTRUST, /* of seoswd: it has changed */
	MESSAGE_END,     /* end a daemon outside the ring; answered when it has ended */
	MESSAGE_LOGGED,  /* of selogrd: how far the audit log is on the disk */
	MESSAGE_LOGIN,   /* of a PAM module: somebody logs in, or tries to */
	MESSAGE_SETTING, /* set a token of seos.ini */
	MESSAGE_ACCOUNT, /* of serevu: disable a user, or enable him again */
};

enum message_trace {
	MESSAGE_TRACE_STATUS,
	MESSAGE_TRACE_ON,
	MESSAGE_TRACE_OFF,
	MESSAGE_TRACE_TOGGLE,
	MESSAGE_TRACE_CLEAR,
	MESSAGE_TRACE_ADD, /* a message of the user's */
};

/* How far the password of a user of another host is. */
enum message_password {
	MESSAGE_PASSWORD_NONE,  /* not asked for yet: may he at all? */
	MESSAGE_PASSWORD_GIVEN, /* about to be checked */
	MESSAGE_PASSWORD_WRONG,
	MESSAGE_PASSWORD_RIGHT, /* and only now anything is shut down */
};

/* How far a login has come. */
enum message_login {
	MESSAGE_LOGIN_ATTEMPT, /* a wrong password */
	MESSAGE_LOGIN_CHECK,   /* who he is has been proved: may he come in? */
	MESSAGE_LOGIN_BEGIN,   /* the asking process is the first one of his session */
};

struct message_request {
	enum message_op op;
	bool unload; /* shutdown: prepare unloading as well */
	bool next;   /* scan: go on behind the calls of the last answer; false: begin */
	bool record; /* scan: write the CHECK record at the end */
	char daemon[MESSAGE_WORD_MAX]; /* started, end: its name; end: "" asks for the right
					  alone */
	bool disable;                  /* account */
	char commands[ACCESS_COMMANDS_BYTES_MAX]; /* selang */
	char section[CONFIG_LINE_MAX];            /* setting */
	char token[CONFIG_LINE_MAX];              /* setting */
	char value[CONFIG_LINE_MAX];              /* setting */
	uid_t uid;                                /* hosts: who asks */
	pid_t pid;                                /* hosts: by which process */
	char name[ACCESS_NAME_MAX];   /* hosts: of a host or a group of hosts; trusted: a class */
	char behind[ACCESS_NAME_MAX]; /* hosts, trusted: the last one of the last answer */
	char host[ACCESS_NAME_MAX];   /* remote: which asks, as verified */
	char user[ACCESS_NAME_MAX];   /* remote: who asks, as that host attests; account: who it is
					 about */
	char session[ACCESS_SESSION_MAX]; /* remote: of his */
	enum message_password password;   /* remote */
	enum message_trace trace;         /* trace */
	char text[MESSAGE_TEXT_MAX];      /* trace, add */
	int32_t stage, code; /* untrust: of the record; the file is name, a class, and behind */
	enum message_login login;       /* login */
	char terminal[RECORD_NAME_MAX]; /* login: where he comes from */
	char program[RECORD_PATH_MAX];  /* login: which lets him in */
};

struct message_answer {
	enum exit_status status;     /* for the program that asked */
	char text[MESSAGE_TEXT_MAX]; /* error line without the program's name; "" when done */
	pid_t pid;                   /* shutdown: of seosd, which is about to end; 0: it is not.
					end: of the daemon that has ended; 0: none ran */
	bool monitor;                /* scan: in-flight calls are tracked */
	bool more;                   /* scan, hosts: ask again for the rest */
	char user[ACCESS_NAME_MAX];  /* hosts: who asks */
	char session[ACCESS_SESSION_MAX]; /* hosts: of his */
	unsigned call_count;
	struct platform_call calls[MESSAGE_CALLS_MAX];
	char output[POLICY_OUTPUT_MAX]; /* for standard output: selang, shutdown with unload;
					   hosts: their names, a line each;
					   logged: the number of the last record */
};

/* The name of a request: "shutdown". */
const char *message_op_word(enum message_op op);

/*
 * Read a message of bytes bytes (no terminator needed). Return 0, or -EBADMSG with the fault in why
 * ("key op is missing"); *out is then not to be used.
 */
int message_read_request(const char *text, size_t bytes, struct message_request *out, char *why,
			 size_t why_bytes);
int message_read_answer(const char *text, size_t bytes, struct message_answer *out, char *why,
			size_t why_bytes);

/*
 * Write a message, which the caller frees; *bytes is its length. Return 0, -ENOMEM, or -EINVAL for
 * text that is not UTF-8.
 */
int message_write_request(const struct message_request *request, char **text, size_t *bytes);
int message_write_answer(const struct message_answer *answer, char **text, size_t *bytes);

/*
 * Asks seosd and waits for its answer. Returns 0; -ECONNREFUSED: it does not serve; -EPIPE: it died
 * first; -ETIMEDOUT; -EBADMSG: the answer is no answer; or what sending said.
 */
int message_ask(struct platform *p, const struct message_request *request, int64_t timeout_ns,
		struct message_answer *answer);

/*
 * The same, patiently: while daemons run and seosd does not answer, one of them is about to start
 * it again, or ends because of a shutdown; either way the wait is short. -ECONNREFUSED then means
 * that none of them runs, -EAGAIN that the wait was in vain. -EPIPE: seosd died over a request that
 * it may have recorded, and that is not repeated (secons/shutdown/15); the product goes on.
 */
int message_ask_patiently(struct platform *p, const struct message_request *request,
			  int64_t timeout_ns, struct message_answer *answer);

#endif
