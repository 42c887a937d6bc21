/* SPDX-License-Identifier: MIT */
/*
 * fill: the decisions of a fillfs mount. Parsing of keys and numbers, the answer of statfs, the
 * arithmetic of enforced space, the fault rules.
 * Not here: I/O, locks, allocation (see fill.h).
 */
#include "fill.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Percentages are kept in thousandths. */
#define PERCENT_ONE    1000U
#define PERCENT_ALL    (100U * PERCENT_ONE)

/* Largest number taken anywhere: sums and differences of two stay within int64_t. */
#define NUMBER_MAX     (UINT64_C(1) << 62)

#define BLOCK_SIZE_MAX (UINT64_C(1) << 30)

#define SPACE_OPS                                                                                  \
	(FILL_OP_BIT(FILL_OPEN) | FILL_OP_BIT(FILL_CREATE) | FILL_OP_BIT(FILL_WRITE) |             \
	 FILL_OP_BIT(FILL_TRUNCATE) | FILL_OP_BIT(FILL_FALLOCATE) | FILL_OP_BIT(FILL_CLOSE) |      \
	 FILL_OP_BIT(FILL_MKDIR) | FILL_OP_BIT(FILL_MKNOD) | FILL_OP_BIT(FILL_SYMLINK) |           \
	 FILL_OP_BIT(FILL_UNLINK) | FILL_OP_BIT(FILL_RMDIR) | FILL_OP_BIT(FILL_RENAME))

const char FILL_COMMANDS[] =
	"  show                  what statfs says now, what the folder's file system says, and "
	"what is set\n"
	"  set KEY=VALUE...      change what statfs says; all keys of one command change together\n"
	"  fault OP[,OP...] errno=NAME|short=N delay=MS [after=BYTES] [count=N] [path=GLOB]\n"
	"                        make operations fail, cut writes short, or make them wait\n"
	"  clear                 forget every setting and fault: pass everything through\n";

/* What a value of a key may look like. */
enum fill_form {
	FORM_BLOCKS, /* a count of blocks, or bytes with a suffix */
	FORM_COUNT,
	FORM_BYTES,
	FORM_PERCENT,
	FORM_SWITCH,
};

static const struct {
	const char *name;
	enum fill_form form;
	enum fill_key instead; /* of the same thing: setting one forgets the other. Itself: none */
} keys[FILL_KEYS] = {
	[FILL_BLOCKS] = {"blocks", FORM_BLOCKS, FILL_BLOCKS},
	[FILL_FREE] = {"free", FORM_BLOCKS, FILL_FULL},
	[FILL_AVAILABLE] = {"available", FORM_BLOCKS, FILL_RESERVE},
	[FILL_FILES] = {"files", FORM_COUNT, FILL_FILES},
	[FILL_FILES_FREE] = {"files_free", FORM_COUNT, FILL_FILES_FREE},
	[FILL_BLOCK_SIZE] = {"block_size", FORM_BYTES, FILL_BLOCK_SIZE},
	[FILL_FULL] = {"full", FORM_PERCENT, FILL_FREE},
	[FILL_RESERVE] = {"reserve", FORM_PERCENT, FILL_AVAILABLE},
	[FILL_ENFORCE] = {"enforce", FORM_SWITCH, FILL_ENFORCE},
};

static const char *const op_names[FILL_OPS] = {
	[FILL_OPEN] = "open",       [FILL_CREATE] = "create",     [FILL_READ] = "read",
	[FILL_WRITE] = "write",     [FILL_TRUNCATE] = "truncate", [FILL_FALLOCATE] = "fallocate",
	[FILL_FSYNC] = "fsync",     [FILL_CLOSE] = "close",       [FILL_MKDIR] = "mkdir",
	[FILL_MKNOD] = "mknod",     [FILL_SYMLINK] = "symlink",   [FILL_LINK] = "link",
	[FILL_UNLINK] = "unlink",   [FILL_RMDIR] = "rmdir",       [FILL_RENAME] = "rename",
	[FILL_SETATTR] = "setattr", [FILL_SETXATTR] = "setxattr", [FILL_READDIR] = "readdir",
	[FILL_STATFS] = "statfs",
};

const char *fill_op_name(enum fill_op op)
{
	return op_names[op];
}

/* The text of a reply, built piece by piece; what does not fit is cut. */
struct reply {
	char *text;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void reply_add(struct reply *reply, const char *format,
							    ...)
{
	size_t left = FILL_REPLY_MAX - reply->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(reply->text + reply->used, left, format, args);
	va_end(args);
	if (n > 0)
		reply->used += (size_t)n < left ? (size_t)n : left - 1;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t round_up(uint64_t n, uint64_t block)
{
	return (n + block - 1) & ~(block - 1);
}

/* The share of `total`, rounded up: a disk said to be 80 % full is at least that. */
static uint64_t percent_of(uint64_t total, uint64_t percent)
{
	uint64_t rest = total % PERCENT_ALL * percent;

	return total / PERCENT_ALL * percent + (rest + PERCENT_ALL - 1) / PERCENT_ALL;
}

/* `count` blocks of `from` bytes, in blocks of `to` bytes. Split, so that no product overflows for
 * real sizes. */
static uint64_t rescale(uint64_t count, uint64_t from, uint64_t to)
{
	return from == to ? count : count / to * from + count % to * from / to;
}

/* ---- what statfs says ---- */

static struct fill_amounts amounts_set(const struct fill_settings *s,
				       const struct fill_amounts *real)
{
	struct fill_amounts said = *real;
	uint64_t unit = real->block_size;

	if (s->is_set[FILL_BLOCK_SIZE])
		said.block_size = s->value[FILL_BLOCK_SIZE];
	said.blocks = s->is_set[FILL_BLOCKS] ? s->value[FILL_BLOCKS]
					     : rescale(real->blocks, unit, said.block_size);
	said.free = min_u64(rescale(real->free, unit, said.block_size), said.blocks);
	if (s->is_set[FILL_FREE])
		said.free = s->value[FILL_FREE];
	else if (s->is_set[FILL_FULL])
		said.free = said.blocks - percent_of(said.blocks, s->value[FILL_FULL]);

	said.available = min_u64(rescale(real->available, unit, said.block_size), said.free);
	if (s->is_set[FILL_AVAILABLE]) {
		said.available = s->value[FILL_AVAILABLE];
	} else if (s->is_set[FILL_RESERVE]) {
		uint64_t reserve = percent_of(said.blocks, s->value[FILL_RESERVE]);

		said.available = said.free > reserve ? said.free - reserve : 0;
	} else if (s->is_set[FILL_FREE] || s->is_set[FILL_FULL]) {
		said.available = said.free;
	}

	if (s->is_set[FILL_FILES])
		said.files = s->value[FILL_FILES];
	said.files_free = s->is_set[FILL_FILES_FREE] ? s->value[FILL_FILES_FREE]
						     : min_u64(real->files_free, said.files);
	return said;
}

/* `start` less what was used since; what was freed counts up to `most`. */
static uint64_t count_down(uint64_t start, int64_t used, uint64_t most)
{
	if (used >= 0)
		return start > (uint64_t)used ? start - (uint64_t)used : 0;
	return start + min_u64((uint64_t)-used, most > start ? most - start : 0);
}

bool fill_enforces(const struct fill *fill)
{
	return fill->settings.is_set[FILL_ENFORCE] && fill->settings.value[FILL_ENFORCE];
}

struct fill_amounts fill_said(const struct fill *fill, const struct fill_amounts *real)
{
	const struct fill_ledger *ledger = &fill->ledger;

	if (!fill_enforces(fill))
		return amounts_set(&fill->settings, real);

	struct fill_amounts said = ledger->base;
	int64_t block = (int64_t)said.block_size;
	int64_t used = ledger->used_bytes / block + (ledger->used_bytes % block > 0);

	said.free = count_down(said.free, used, said.blocks);
	said.available = count_down(said.available, used, said.blocks);
	said.files_free = count_down(said.files_free, ledger->files_used, said.files);
	return said;
}

/* ---- enforced space ---- */

static void ledger_start(struct fill *fill, const struct fill_amounts *real)
{
	fill->ledger = (struct fill_ledger){
		.base = amounts_set(&fill->settings, real),
		.epoch = fill->ledger.epoch + 1,
		.held_bytes = fill->ledger.held_bytes, /* writes under way will give it back */
	};
}

uint64_t fill_room(const struct fill *fill)
{
	const struct fill_ledger *ledger = &fill->ledger;
	uint64_t limit = NUMBER_MAX / ledger->base.block_size;
	uint64_t start = min_u64(ledger->base.available, limit) * ledger->base.block_size;
	uint64_t total = min_u64(ledger->base.blocks, limit) * ledger->base.block_size;
	uint64_t room = count_down(start, ledger->used_bytes, total);

	return room > ledger->held_bytes ? room - ledger->held_bytes : 0;
}

bool fill_hold(struct fill *fill, uint64_t want)
{
	if (want > fill_room(fill))
		return false;
	fill->ledger.held_bytes += want;
	return true;
}

void fill_settle(struct fill *fill, uint64_t held, int64_t grown)
{
	assert(fill->ledger.held_bytes >= held);
	fill->ledger.held_bytes -= held;
	fill->ledger.used_bytes += grown;
}

void fill_settle_files(struct fill *fill, int grown)
{
	fill->ledger.files_used += grown;
}

bool fill_has_files(const struct fill *fill)
{
	const struct fill_ledger *ledger = &fill->ledger;

	/* File systems without a fixed number of inodes say 0 of 0. */
	if (!ledger->base.files && !fill->settings.is_set[FILL_FILES_FREE])
		return true;
	return count_down(ledger->base.files_free, ledger->files_used, ledger->base.files) > 0;
}

uint64_t fill_range_need(const struct fill_range *range)
{
	uint64_t size_end = round_up(range->size, range->block);
	uint64_t end = round_up(range->offset + range->length, range->block);
	uint64_t spare = range->allocated > size_end ? range->allocated - size_end : 0;
	uint64_t start = range->offset & ~(range->block - 1);
	uint64_t beyond = start > size_end ? start : size_end;
	uint64_t need = end > beyond ? end - beyond : 0;

	/* Space already allocated past the end of the file was paid for by whoever allocated it. */
	need = need > spare ? need - spare : 0;
	return need + range->holes;
}

uint64_t fill_range_fit(const struct fill_range *range, uint64_t room)
{
	uint64_t need = fill_range_need(range);

	if (need <= room)
		return range->length;

	/* Cut whole blocks off the end: each costs at most one block, so what is left needs no more
	 * than room. */
	uint64_t end = round_up(range->offset + range->length, range->block);
	uint64_t cut = round_up(need - room, range->block);
	uint64_t kept_end = end > cut ? end - cut : 0;
	struct fill_range kept = *range;

	if (kept_end <= range->offset)
		return 0;
	kept.length = kept_end - range->offset;
	/* Holes cannot be told apart from the rest here: they may all lie in what is kept. */
	return fill_range_need(&kept) <= room ? kept.length : 0;
}

/* ---- fault rules ---- */

static bool rule_is_spent(const struct fill_rule *rule)
{
	return rule->count && rule->applied >= rule->count;
}

/* A pattern without a slash is for the last part of the path, as in find -name. */
static bool rule_matches(const struct fill_rule *rule, enum fill_op op, const char *path)
{
	const char *subject = path;

	if (!(rule->ops & FILL_OP_BIT(op)) || rule_is_spent(rule))
		return false;
	if (!rule->pattern[0])
		return true;
	if (!strchr(rule->pattern, '/')) {
		const char *slash = strrchr(path, '/');

		subject = slash ? slash + 1 : path;
	}
	return fnmatch(rule->pattern, subject, 0) == 0;
}

struct fill_verdict fill_judge(struct fill *fill, enum fill_op op, const char *path,
			       uint64_t length)
{
	struct fill_verdict verdict = {.error = 0, .length = length};

	for (unsigned int i = 0; i < fill->rules_used; i++) {
		struct fill_rule *rule = &fill->rules[i];

		if (!rule_matches(rule, op, path))
			continue;
		uint64_t left = rule->after - rule->passed;

		if (left) {
			/* What only waits is not cut where the waiting begins. */
			if (rule->error || rule->shorten)
				verdict.length = min_u64(verdict.length, left);
			rule->passed += min_u64(verdict.length, left);
			continue;
		}
		rule->applied++;
		verdict.delay_ms += rule->delay_ms;
		if (rule->shorten)
			verdict.length = min_u64(verdict.length, rule->shorten);
		if (rule->error) {
			verdict.error = rule->error;
			verdict.length = 0;
			break;
		}
	}
	return verdict;
}

bool fill_needs_path(const struct fill *fill, enum fill_op op)
{
	for (unsigned int i = 0; i < fill->rules_used; i++)
		if ((fill->rules[i].ops & FILL_OP_BIT(op)) && fill->rules[i].pattern[0])
			return true;
	return false;
}

uint32_t fill_watched(const struct fill *fill)
{
	uint32_t ops = fill_enforces(fill) ? SPACE_OPS : 0;

	for (unsigned int i = 0; i < fill->rules_used; i++)
		ops |= fill->rules[i].ops;
	return ops;
}

/* ---- numbers ---- */

/* Digits up to `end`; false if there is none or the number is too large. */
static bool parse_digits(const char **text, uint64_t *value)
{
	const char *s = *text;

	if (*s < '0' || *s > '9')
		return false;
	*value = 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		*value = *value * 10 + (uint64_t)(*s - '0');
		if (*value > NUMBER_MAX)
			return false;
	}
	*text = s;
	return true;
}

/* A number with an optional K, M, G, T or P (powers of 1024); `scaled` tells whether there was one.
 */
static bool parse_number(const char *text, uint64_t *value, bool *scaled)
{
	static const char suffixes[] = "KMGTP";

	*scaled = false;
	if (!parse_digits(&text, value))
		return false;
	if (!*text)
		return true;

	const char *suffix = strchr(suffixes, *text >= 'a' ? *text - 'a' + 'A' : *text);

	if (!suffix || text[1])
		return false;
	unsigned int shift = 10 * (unsigned int)(suffix - suffixes + 1);

	*scaled = true;
	if (*value > NUMBER_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

/* A percentage from 0 to 100 with up to three decimals and an optional percent sign. */
static bool parse_percent(const char *text, uint64_t *value)
{
	if (!parse_digits(&text, value) || *value > 100)
		return false;
	*value *= PERCENT_ONE;
	if (*text == '.') {
		unsigned int unit = PERCENT_ONE;

		for (text++; *text >= '0' && *text <= '9' && unit > 1; text++) {
			unit /= 10;
			*value += (uint64_t)(*text - '0') * unit;
		}
		if (unit == PERCENT_ONE)
			return false;
	}
	if (*text == '%')
		text++;
	return !*text && *value <= PERCENT_ALL;
}

/* ---- set ---- */

/* A `set` under way: the settings to be, and which of its values are bytes that have to become
 * blocks. */
struct change {
	struct fill_settings settings;
	bool named[FILL_KEYS];
	bool in_bytes[FILL_KEYS];
};

static bool parse_value(struct change *change, enum fill_key key, const char *text)
{
	uint64_t *value = &change->settings.value[key];
	bool scaled;

	switch (keys[key].form) {
	case FORM_BLOCKS:
		return parse_number(text, value, &change->in_bytes[key]);
	case FORM_COUNT:
		return parse_number(text, value, &scaled);
	case FORM_BYTES:
		return parse_number(text, value, &scaled) && *value >= 1 &&
		       *value <= BLOCK_SIZE_MAX;
	case FORM_PERCENT:
		return parse_percent(text, value);
	case FORM_SWITCH:
		*value = strcmp(text, "on") == 0;
		return *value || strcmp(text, "off") == 0;
	}
	return false;
}

static const char *form_text(enum fill_form form)
{
	switch (form) {
	case FORM_BLOCKS:
		return "a number of blocks, or an amount with K, M, G or T";
	case FORM_COUNT:
		return "a number";
	case FORM_BYTES:
		return "a number of bytes from 1 to 1G";
	case FORM_PERCENT:
		return "a percentage from 0 to 100 with at most three decimals";
	case FORM_SWITCH:
		return "on or off";
	}
	return "";
}

static int key_find(const char *name, size_t length)
{
	for (int key = 0; key < FILL_KEYS; key++)
		if (strlen(keys[key].name) == length && memcmp(keys[key].name, name, length) == 0)
			return key;
	return -1;
}

static bool change_add(struct change *change, const char *arg, struct reply *reply)
{
	const char *equals = strchr(arg, '=');
	int key = equals ? key_find(arg, (size_t)(equals - arg)) : -1;

	if (key < 0) {
		reply_add(reply, "set: unknown setting '%s': give KEY=VALUE with one of", arg);
		for (key = 0; key < FILL_KEYS; key++)
			reply_add(reply, " %s", keys[key].name);
		return false;
	}
	enum fill_key instead = keys[key].instead;

	if (change->named[key] || change->named[instead]) {
		reply_add(reply, "set: '%s': %s was given already: give one of them", arg,
			  keys[change->named[key] ? key : (int)instead].name);
		return false;
	}
	change->named[key] = true;
	if (strcmp(equals + 1, "real") == 0) {
		change->settings.is_set[key] = false;
		return true;
	}
	change->settings.is_set[instead] = false;
	change->settings.is_set[key] = true;
	if (parse_value(change, (enum fill_key)key, equals + 1))
		return true;
	reply_add(reply, "set: '%s': %s is %s, or real", arg, keys[key].name,
		  form_text(keys[key].form));
	return false;
}

/* An amount in bytes must be a whole number of the blocks that will be said. */
static bool change_to_blocks(struct change *change, const struct fill_amounts *real,
			     struct reply *reply)
{
	struct fill_settings *s = &change->settings;
	uint64_t block = s->is_set[FILL_BLOCK_SIZE] ? s->value[FILL_BLOCK_SIZE] : real->block_size;

	for (int key = 0; key < FILL_KEYS; key++) {
		if (!change->in_bytes[key])
			continue;
		if (s->value[key] % block) {
			reply_add(reply,
				  "set: %s: not a whole number of blocks of %" PRIu64 " bytes",
				  keys[key].name, block);
			return false;
		}
		s->value[key] /= block;
	}
	return true;
}

static int command_set(struct fill *fill, int argc, const char *const argv[],
		       const struct fill_amounts *real, struct reply *reply)
{
	struct change change = {.settings = fill->settings};

	if (argc < 2) {
		reply_add(reply, "set: nothing to set: give KEY=VALUE...");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		if (!change_add(&change, argv[i], reply))
			return 2;
	if (!change_to_blocks(&change, real, reply))
		return 2;
	if (change.settings.is_set[FILL_FULL] && !change.settings.is_set[FILL_BLOCKS] &&
	    !real->blocks) {
		reply_add(reply, "set: full: the folder's file system has no size: set blocks too");
		return 2;
	}
	fill->settings = change.settings;
	if (fill_enforces(fill))
		ledger_start(fill, real);
	return 0;
}

/* ---- fault ---- */

static bool parse_ops(const char *list, uint32_t *ops)
{
	*ops = 0;
	if (strcmp(list, "all") == 0) {
		*ops = FILL_OP_BIT(FILL_OPS) - 1;
		return true;
	}
	for (const char *name = list;; name++) {
		size_t length = strcspn(name, ",");
		int op = 0;

		while (op < FILL_OPS &&
		       (strlen(op_names[op]) != length || memcmp(op_names[op], name, length) != 0))
			op++;
		if (op == FILL_OPS)
			return false;
		*ops |= FILL_OP_BIT(op);
		name += length;
		if (!*name)
			return true;
	}
}

static bool parse_errno(const char *name, int *error)
{
	for (int e = 1; e < 134; e++) {
		const char *known = strerrorname_np(e);

		if (known && strcmp(known, name) == 0) {
			*error = e;
			return true;
		}
	}
	return false;
}

static bool parse_delay(const char *text, uint32_t *delay_ms)
{
	uint64_t value;

	if (!parse_digits(&text, &value) || *text || !value || value > FILL_DELAY_MAX_MS)
		return false;
	*delay_ms = (uint32_t)value;
	return true;
}

static bool rule_option(struct fill_rule *rule, const char *arg)
{
	bool scaled;

	if (strncmp(arg, "errno=", 6) == 0)
		return parse_errno(arg + 6, &rule->error);
	if (strncmp(arg, "short=", 6) == 0)
		return parse_number(arg + 6, &rule->shorten, &scaled) && rule->shorten > 0;
	if (strncmp(arg, "delay=", 6) == 0)
		return parse_delay(arg + 6, &rule->delay_ms);
	if (strncmp(arg, "after=", 6) == 0)
		return parse_number(arg + 6, &rule->after, &scaled);
	if (strncmp(arg, "count=", 6) == 0)
		return parse_number(arg + 6, &rule->count, &scaled) && rule->count > 0;
	if (strncmp(arg, "path=", 5) == 0) {
		int n = snprintf(rule->pattern, sizeof(rule->pattern), "%s", arg + 5);

		return n > 0 && (size_t)n < sizeof(rule->pattern);
	}
	return false;
}

/* What is wrong with the rule as a whole, or NULL. */
static const char *rule_fault(const struct fill_rule *rule)
{
	if (!rule->error && !rule->shorten && !rule->delay_ms)
		return "nothing to do: give errno=NAME, short=N or delay=MS, for example "
		       "errno=ENOSPC";
	if (rule->error && rule->shorten)
		return "errno and short: what fails is not short: give one of them, and after=N "
		       "for bytes that pass first";
	/* A short read would say end of file. */
	if (rule->shorten && rule->ops != FILL_OP_BIT(FILL_WRITE))
		return "short is for the operation write alone";
	return NULL;
}

/* A spent rule makes room for a new one. */
static struct fill_rule *rule_slot(struct fill *fill)
{
	for (unsigned int i = 0; i < fill->rules_used; i++)
		if (rule_is_spent(&fill->rules[i]))
			return &fill->rules[i];
	return fill->rules_used < FILL_RULES_MAX ? &fill->rules[fill->rules_used++] : NULL;
}

static int command_fault(struct fill *fill, int argc, const char *const argv[], struct reply *reply)
{
	struct fill_rule rule = {0};

	if (argc < 2 || !parse_ops(argv[1], &rule.ops)) {
		reply_add(reply, "fault: '%s' is no operation: give all, or some of",
			  argc < 2 ? "" : argv[1]);
		for (int op = 0; op < FILL_OPS; op++)
			reply_add(reply, "%c%s", op ? ',' : ' ', op_names[op]);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		if (!rule_option(&rule, argv[i])) {
			reply_add(reply,
				  "fault: '%s' is not understood: give errno=NAME, short=N, "
				  "delay=MS (up to %u), after=BYTES, count=N or path=GLOB",
				  argv[i], FILL_DELAY_MAX_MS);
			return 2;
		}
	}
	const char *wrong = rule_fault(&rule);

	if (wrong) {
		reply_add(reply, "fault: %s", wrong);
		return 2;
	}
	struct fill_rule *slot = rule_slot(fill);

	if (!slot) {
		reply_add(reply, "fault: all %d rules are in use: clear first", FILL_RULES_MAX);
		return 2;
	}
	*slot = rule;
	return 0;
}

/* ---- show ---- */

static void show_value(const struct fill_settings *s, enum fill_key key, struct reply *reply)
{
	uint64_t value = s->value[key];

	reply_add(reply, " %s=", keys[key].name);
	if (keys[key].form == FORM_PERCENT)
		reply_add(reply, "%" PRIu64 ".%03" PRIu64, value / PERCENT_ONE,
			  value % PERCENT_ONE);
	else if (keys[key].form == FORM_SWITCH)
		reply_add(reply, "%s", value ? "on" : "off");
	else
		reply_add(reply, "%" PRIu64, value);
}

static void show_rule(const struct fill_rule *rule, struct reply *reply)
{
	const char *comma = "";

	reply_add(reply, "fault ");
	for (int op = 0; op < FILL_OPS; op++) {
		if (!(rule->ops & FILL_OP_BIT(op)))
			continue;
		reply_add(reply, "%s%s", comma, op_names[op]);
		comma = ",";
	}
	if (rule->error)
		reply_add(reply, " errno=%s", strerrorname_np(rule->error));
	if (rule->shorten)
		reply_add(reply, " short=%" PRIu64, rule->shorten);
	if (rule->delay_ms)
		reply_add(reply, " delay=%" PRIu32, rule->delay_ms);
	if (rule->after)
		reply_add(reply, " after=%" PRIu64 " passed=%" PRIu64, rule->after, rule->passed);
	if (rule->count)
		reply_add(reply, " count=%" PRIu64, rule->count);
	reply_add(reply, " applied=%" PRIu64, rule->applied);
	if (rule->pattern[0])
		reply_add(reply, " path=%s", rule->pattern);
	reply_add(reply, "\n");
}

static int command_show(const struct fill *fill, const struct fill_amounts *real,
			struct reply *reply)
{
	struct fill_amounts said = fill_said(fill, real);
	const struct {
		const char *name;
		uint64_t said, real;
	} rows[] = {
		{"block_size", said.block_size, real->block_size},
		{"blocks", said.blocks, real->blocks},
		{"free", said.free, real->free},
		{"available", said.available, real->available},
		{"files", said.files, real->files},
		{"files_free", said.files_free, real->files_free},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		reply_add(reply, "%s=%" PRIu64 " real=%" PRIu64 "\n", rows[i].name, rows[i].said,
			  rows[i].real);
	reply_add(reply, "set");
	for (int key = 0; key < FILL_KEYS; key++)
		if (fill->settings.is_set[key])
			show_value(&fill->settings, (enum fill_key)key, reply);
	reply_add(reply, "\n");
	for (unsigned int i = 0; i < fill->rules_used; i++)
		show_rule(&fill->rules[i], reply);
	return 0;
}

static int command_clear(struct fill *fill)
{
	fill->settings = (struct fill_settings){0};
	fill->rules_used = 0;
	return 0;
}

int fill_command(struct fill *fill, int argc, const char *const argv[],
		 const struct fill_amounts *real, char reply_text[FILL_REPLY_MAX])
{
	struct reply reply = {.text = reply_text};
	const char *verb = argc > 0 ? argv[0] : "";

	reply_text[0] = '\0';
	if (strcmp(verb, "set") == 0)
		return command_set(fill, argc, argv, real, &reply);
	if (strcmp(verb, "fault") == 0)
		return command_fault(fill, argc, argv, &reply);
	if (strcmp(verb, "show") != 0 && strcmp(verb, "clear") != 0) {
		reply_add(&reply, "unknown command '%s': see fillctl --help", verb);
		return 2;
	}
	if (argc > 1) {
		reply_add(&reply, "%s: unexpected argument '%s'", verb, argv[1]);
		return 2;
	}
	return strcmp(verb, "show") == 0 ? command_show(fill, real, &reply) : command_clear(fill);
}
