/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: the attributes of users, and the rulings on requests. Facts in, rulings out. Not
 * for where attributes are stored (store/policy.h), nor for the words of a command
 * (access_command.h).
 */
#ifndef REF_CORE_ACCESS_H
#define REF_CORE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_NAME_MAX       256 /* bytes of a user name, terminating zero included */
#define ACCESS_SESSION_MAX    32  /* bytes of a session id, terminating zero included */
#define ACCESS_ATTRIBUTES_MAX 48  /* bytes of the names of all attributes */
#define ACCESS_AUDIT_MAX      80  /* and of all audit modes */
#define ACCESS_ANYBODY        "*" /* stands for every user in a rule */

/* Bits of a user's attributes. The values stand in databases: never renumber. */
enum access_attribute {
	ACCESS_ADMIN = 1,
	ACCESS_OPERATOR = 2,
	ACCESS_AUDITOR = 4,
	ACCESS_SERVER = 8,
};

/* Audit modes of a user: which of his actions are recorded. They stand beside his attributes: bits,
 * and as little to be renumbered. */
enum access_audit {
	ACCESS_AUDIT_SET =
		0x100, /* a mode was set, if only NONE; without it the product's own holds */
	ACCESS_AUDIT_FAIL = 0x200,
	ACCESS_AUDIT_SUCCESS = 0x400,
	ACCESS_AUDIT_LOGINFAIL = 0x800,
	ACCESS_AUDIT_LOGINSUCCESS = 0x1000,
	ACCESS_AUDIT_TRACE = 0x2000,
	ACCESS_AUDIT_INTERACTIVE = 0x4000, /* asks for no record (access/attributes/12) */
	ACCESS_AUDIT_ALL = 0x7e00,         /* every one of them */
};

#define ACCESS_AUDIT_BITS ((unsigned)ACCESS_AUDIT_ALL | ACCESS_AUDIT_SET)

/* Classes of records. The values stand in databases: never renumber. */
enum access_class {
	ACCESS_USER,
	ACCESS_HOST,     /* a host that can be asked to shut down */
	ACCESS_GHOST,    /* a group of hosts */
	ACCESS_TERMINAL, /* where users come from: a tty, a host */
	ACCESS_FILE,     /* a file, by its absolute path */
	ACCESS_PROGRAM,  /* a trusted program, by its path */
	ACCESS_SECFILE,  /* another file that has to stay as it is */
};

#define ACCESS_CLASSES           (ACCESS_SECFILE + 1)
/* Their records are named by paths, and know what the file was like. */
#define ACCESS_IS_TRUSTED(class) ((class) == ACCESS_PROGRAM || (class) == ACCESS_SECFILE)

/* What a rule or a default gives, bits. The values stand in databases: never renumber. */
enum access_permission {
	ACCESS_READ = 1,  /* of a terminal: logging in from it */
	ACCESS_WRITE = 2, /* administration from it; of seos.ini: changing it while seosd runs */
	ACCESS_CHDIR = 4, /* of a file that is a folder: changing into it */
	ACCESS_ALL = 7,
};

/* Stage codes of database administration that a ruling gives. */
enum access_stage {
	ACCESS_UNDEFINED_USER = 300,
	ACCESS_LAST_ADMIN = 301,
	ACCESS_ROOT = 302,
	ACCESS_BY_ADMIN = 305,
	ACCESS_NO_AUDITOR = 304,
	ACCESS_MYSELF = 306,
	ACCESS_BY_AUDITOR = 316,
	ACCESS_BY_OPERATOR = 317,
	ACCESS_NO_RULE = 322,
	ACCESS_AS_AUDITOR = 336,
};

/* The user behind a request, as the system and the database know him. */
struct accessor {
	char user[ACCESS_NAME_MAX];
	char session[ACCESS_SESSION_MAX]; /* "" when there is none */
	uint32_t uid;
	unsigned attributes; /* of enum access_attribute and enum access_audit */
	bool known;          /* defined in the database */
};

/* "TERMINAL"; and back, in any case: false when there is none. USER has commands of its own. */
const char *access_class_name(enum access_class class);
bool access_class_named(const char *word, enum access_class *out);
/* "read,write"; "none". */
const char *access_permissions_text(unsigned permissions);

/* The attribute a word names, in any case ("admin"); 0 when there is none. */
unsigned access_attribute_named(const char *word);
/* "ADMIN OPERATOR"; "none" for no attribute. */
void access_attributes_text(unsigned attributes, char out[ACCESS_ATTRIBUTES_MAX]);

/* The same of audit modes: "loginfail", "all"; "none" is ACCESS_AUDIT_SET alone. */
unsigned access_audit_named(const char *word);
/* "FAIL LOGINFAIL"; "none" for no mode. */
void access_audit_text(unsigned attributes, char out[ACCESS_AUDIT_MAX]);

/* ADMIN or OPERATOR; being root gives no right (secons/rights/1..6). */
bool access_may_shutdown(const struct accessor *who);
/* What the database says of a user and a record with rules: the rule that names him, else the rule
 * for everybody. */
struct access_terminal_rule {
	bool known; /* there is one */
	unsigned permissions;
	bool warning; /* the record is in warning mode: who violates it is let pass */
};

/* Whether seos.ini may be changed while seosd runs: a rule of it has to say so, no attribute does
 * (daemon/ini/5, daemon/ini/11). */
bool access_may_configure(const struct access_terminal_rule *rule);

/*
 * Whether a shutdown that comes from another host is granted: NULL, or why not, in words. The
 * default access of the terminal never counts (secons/remote/3, secons/remote/5..8).
 */
const char *access_remote_refusal(const struct accessor *who,
				  const struct access_terminal_rule *rule);
/* secons/rights/8 */
bool access_may_scan(const struct accessor *who);

/* What a command does to the user or record it names. */
enum access_verb {
	ACCESS_NEW,    /* defines one that does not exist */
	ACCESS_CHANGE, /* changes one that exists */
	ACCESS_REMOVE,
	ACCESS_SHOW,
	ACCESS_AUTHORIZE, /* sets a rule of a record */
	ACCESS_WITHDRAW,  /* takes it away */
};

/* A command and what is known of its object when it comes. */
struct access_request {
	enum access_verb verb;
	const char *name;    /* the one it is about */
	unsigned set, clear; /* attributes and audit modes to give and to take away */
	bool exists;
	unsigned attributes; /* those he has */
	unsigned admins;     /* users with ADMIN in the database */
	enum access_class class;
	const char *missing; /* why what it refers to cannot be had; NULL: all of it is there */
};

struct access_ruling {
	char status;     /* S: do it; D: not allowed; F: allowed and impossible */
	int stage;       /* enum access_stage */
	const char *why; /* in words, static; NULL for S */
};

/* access/selang/8..12; until a user with ADMIN exists root may do everything. */
struct access_ruling access_rule(const struct accessor *who, const struct access_request *request);

#endif
