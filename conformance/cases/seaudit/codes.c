/* SPDX-License-Identifier: MIT */
/*
 * The tables of seaudit -t, and what it says of single codes. The rows are those of the documents;
 * what is known of a code is asserted in any layout first, then the layout. Not for: where a code
 * stands in a record (event/).
 */
#include "conformance/cases/records.h"

#include <stdlib.h>

struct code {
	int number;
	const char *text;
};

static const struct code login[] = {
	{2, "Fetching user object"},
	{3, "Terminal checking for login terminal source"},
	{5, "User suspend checking"},
	{6, "User expiration checking"},
	{7, "User day-time checkings"},
	{8, "Password validity checkings"},
	{9, "User grace login checkings"},
	{10, "Password expired with no more grace logins"},
	{11, "Building the user ACEE"},
	{12, "User inactivity days check"},
	{13, "Too many logins for user"},
	{14, "Active HOLIDAY check"},
	{15, "Login Application (LOGINAPPL) check"},
	{16, "User Groups day-time checking"},
	{17, "Attempt rejected by the native environment"},
	{18, "User without domain restriction"},
	{19, "No reason to deny - allow login"},
	{20, "'Logical' user check"},
	{49, "Logout detected after last process terminated"},
};

static const struct code resource[] = {
	{52, "Category check of resource"},
	{59, "Resource UACC check"},
	{61, "User is OPERATOR on resource"},
	{62, "UACC check for Class of unprotected resource"},
	{87, "Resource group calendar ACL check for user"},
	{204, "Class in WARNING mode"},
	{210, "Special kernel module load check"},
	{250, "Executing an untrusted program"},
};

static const struct code network[] = {
	{409, "CACL read stage of TCP service"},
	{421, "HOSTNP entry for User '*' in TCP service CACL"},
};

static const struct code admin[] = {
	{300, "Undefined CA PAMSC user"},
	{301, "An attempt to delete last ADMIN user"},
	{302, "An attempt to delete user root"},
	{303, "User trying to change their own password"},
	{304, "Nonauditor user trying to set audit mode"},
	{305, "Command allowed for ADMIN user"},
	{306, "Showuser (myself) , Showxusr allowed"},
	{307, "User trying to set categories they do not have"},
	{308, "User trying to set a security-label they do not have"},
	{309, "User trying to set security-level greater than the user's own"},
	{310, "NonADMIN user trying to set user-mode"},
	{311, "Command allowed for object owner"},
	{312, "Native file owner can define it to CA PAMSC"},
	{313, "Command allowed for a GROUP-ADMIN user"},
	{314, "GROUP-ADMIN user can join/join- to group"},
	{315, "GROUP-AUDITOR/ADMIN can list the group"},
	{316, "An auditor can list any object"},
	{317, "An OPERATOR can list any object"},
	{318, "A GROUP-AUDITOR can list objects in group scope"},
	{319, "A GROUP-OPERATOR can list objects in group scope"},
	{320, "Command allowed for CLASS-ADMIN user"},
	{321, "Command allowed for PWMANAGER/ADMIN with access"},
	{322, "There is no rule allowing this operation"},
	{324, "User changing their own password using sepass"},
	{326, "User created 'Login Information' for themselves"},
	{327, "Command allowed for GROUP-PWMANAGER"},
	{329, "A PWMANAGER enabled a user"},
	{330, "Command allowed for DOMAIN change"},
	{331, "Command allowed for PWMANAGER"},
	{332, "Changing native flags allowed for PWMANAGER"},
	{333, "Changing 'must change password next logon' attribute is allowed for PWMANAGER"},
	{334, "Command allowed for GROUP-PWMANAGER"},
	{335, "Editing 'Login Information' is allowed for PWMANAGER"},
	{336, "Command allowed for auditor user"},
	{337, "Failed to reconcile command with database information"},
	{338, "Creating a command from an implicit request"},
	{339, "SEOS_syscall module unload readiness check"},
};

static const struct code password[] = {
	{0, "Password quality verified"},
	{1, "Password too short"},
	{2, "Password contains user name"},
	{3, "Too few lowercase letters in password"},
	{4, "Too few capital letters in password"},
	{5, "Too few numeric characters in password"},
	{6, "Too few other characters in password"},
	{7, "Too many repetitions of same char in password"},
	{8, "Same as current password"},
	{9, "Password previously used. Select a different password"},
	{10, "Too few alphabetic characters in password"},
	{11, "Too few alphanumeric characters in password"},
	{12, "Password was changed recently, cannot be changed again at this time"},
	{13, "Password is contained by a previous password or vice versa"},
	{14, "Password contains previous password pattern"},
	{16, "Password too long"},
	{20, "Passwords do not match"},
	{21, "Cannot include predefined prohibited characters"},
	{22, "Password previously used"},
	{23, "Password is contained by a previous password or vice versa"},
	{24, "Password is in dictionary file"},
	{100, "Bad arguments"},
};

static const struct code untrust[] = {
	{0, "An error occurred"},
	{1, "Stat was changed"},
	{2, "HPUX/AIX extended information changed"},
	{3, "HPUX/AIX ACL changed"},
	{4, "CRC check failed"},
	{5, "Cannot obtain information about the trusted file"},
	{6, "MD5 signatures do not match"},
};

static const struct code reason[] = {
	{0, "No reason given"},
	{2, "User audit mode requires logging"},
};

static const struct code stop[] = {
	{452, "User is ADMIN or SPECIAL"},
	{460, "User is not allowed to shutdown CA PAMSC"},
	{600, "Attempting to Terminate CA PAMSC"},
};

/* The lists in the order of seaudit -t. */
static const struct {
	const char *heading;
	const struct code *codes;
	size_t count;
} lists[] = {
	{"Login and logout stage codes", login, ROWS(login)},
	{"Resource access stage codes", resource, ROWS(resource)},
	{"Network connection stage codes", network, ROWS(network)},
	{"Database administration stage codes", admin, ROWS(admin)},
	{"Shutdown stage codes", stop, ROWS(stop)},
	{"Password quality codes", password, ROWS(password)},
	{"Untrust reason codes", untrust, ROWS(untrust)},
	{"Reason codes", reason, ROWS(reason)},
};

/* Some line is the number and the text, with whatever blanks. */
static bool has_code(const char *out, const struct code *code)
{
	const char *line;

	for (unsigned n = 0; (line = text_line(out, n)); n++) {
		char *end;
		long number = strtol(line, &end, 10);

		if (end != line && number == code->number &&
		    strcmp(end + strspn(end, " \t"), code->text) == 0)
			return true;
	}
	return false;
}

#define assert_codes(t, table) codes_assert(run_ok(t, "seaudit", "-t"), table, ROWS(table))

static void codes_assert(const struct result *r, const struct code *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!has_code(r->out, &codes[i]))
			fail_msg("seaudit -t does not list %d %s", codes[i].number, codes[i].text);
}

/* seaudit/codes/1: stage codes, one list after the other. */
CASE(login, REQUIREMENTS("seaudit/codes/1", "seaudit/codes/11", "seaudit/codes/12"))
{
	assert_codes(t, login);
}

CASE(resource, REQUIREMENTS("seaudit/codes/1", "seaudit/codes/13"))
{
	assert_codes(t, resource);
}

CASE(network, REQUIREMENTS("seaudit/codes/1", "seaudit/codes/14"))
{
	assert_codes(t, network);
}

CASE(admin, REQUIREMENTS("seaudit/codes/1", "seaudit/codes/15"))
{
	assert_codes(t, admin);
}

CASE(shutdown,
     REQUIREMENTS("seaudit/codes/1", "seaudit/codes/7", "seaudit/codes/8", "seaudit/codes/9"))
{
	assert_codes(t, stop);
}

CASE(password, REQUIREMENTS("seaudit/codes/3", "seaudit/codes/16"))
{
	assert_codes(t, password);
}

CASE(untrust, REQUIREMENTS("seaudit/codes/4", "seaudit/codes/17"))
{
	assert_codes(t, untrust);
}

CASE(reason, REQUIREMENTS("seaudit/codes/2", "seaudit/codes/18"))
{
	assert_codes(t, reason);
}

static const char *all_lists(void)
{
	const char *text = "";

	for (size_t i = 0; i < ROWS(lists); i++) {
		text = text_format("%s%s%s\n", text, i ? "\n" : "", lists[i].heading);
		for (size_t j = 0; j < lists[i].count; j++)
			text = text_format("%s%4d %s\n", text, lists[i].codes[j].number,
					   lists[i].codes[j].text);
	}
	return text;
}

/* seaudit/codes/5, seaudit/codes/6: all of it, byte for byte; seaudit/codes/10: 600 among the
 * shutdown codes. */
CASE(layout,
     REQUIREMENTS("seaudit/codes/5", "seaudit/codes/6", "seaudit/codes/10", "seaudit/codes/19"))
{
	assert_out(run_ok(t, "seaudit", "-t"), all_lists());
}

/* seaudit/codes/20: of the older product nothing but the name is different. */
CASE(brand, REQUIREMENTS("seaudit/codes/20", "seaudit/options/18"))
{
	static const char newer[] = "CA PAMSC";
	const char *text = all_lists(), *at;
	const char *expected = "";

	while ((at = strstr(text, newer))) {
		expected = text_format("%s%.*sCA Access Control", expected, (int)(at - text), text);
		text = at + strlen(newer);
	}
	assert_out(run_ok(t, "seaudit", "-t", "-brand", "ac"), text_format("%s%s", expected, text));
}

/* seaudit/codes/21: without a log, and for anybody. */
CASE(anybody, REQUIREMENTS("seaudit/codes/21"), .needs = CAP_ROOT)
{
	const struct result *r;

	user_add(t, "tst003", 2003);
	assert_false(file_exists(t, AUDIT_LOG));
	r = run_as(t, &(struct run_options){.user = "tst003"}, "seaudit", "-t");
	assert_exit(r, 0);
	assert_out_match(r, " 452 User is ADMIN or SPECIAL$");
}
