/* SPDX-License-Identifier: MIT */
/*
 * Codes and their texts; see codes.h. The rows are those of SPEC.md, topic seaudit/codes; a text
 * that names the product has a form for each brand.
 */
#include "ref/core/codes.h"

#include <errno.h>
#include <string.h>

#define PAMSC "CA PAMSC"
#define AC    "CA Access Control"
#define SAME(text)                                                                                 \
	{                                                                                          \
		text, text                                                                         \
	}
#define NAMED(before, behind)                                                                      \
	{                                                                                          \
		before PAMSC behind, before AC behind                                              \
	}

static const struct code login_codes[] = {
	{2, SAME("Fetching user object")},
	{3, SAME("Terminal checking for login terminal source")},
	{5, SAME("User suspend checking")},
	{6, SAME("User expiration checking")},
	{7, SAME("User day-time checkings")},
	{STAGE_PASSWORD_VALIDITY, SAME("Password validity checkings")},
	{9, SAME("User grace login checkings")},
	{10, SAME("Password expired with no more grace logins")},
	{11, SAME("Building the user ACEE")},
	{12, SAME("User inactivity days check")},
	{13, SAME("Too many logins for user")},
	{14, SAME("Active HOLIDAY check")},
	{15, SAME("Login Application (LOGINAPPL) check")},
	{16, SAME("User Groups day-time checking")},
	{17, SAME("Attempt rejected by the native environment")},
	{18, SAME("User without domain restriction")},
	{19, SAME("No reason to deny - allow login")},
	{20, SAME("'Logical' user check")},
	{STAGE_LOGOUT, SAME("Logout detected after last process terminated")},
};

static const struct code resource_codes[] = {
	{52, SAME("Category check of resource")},
	{59, SAME("Resource UACC check")},
	{61, SAME("User is OPERATOR on resource")},
	{62, SAME("UACC check for Class of unprotected resource")},
	{87, SAME("Resource group calendar ACL check for user")},
	{204, SAME("Class in WARNING mode")},
	{210, SAME("Special kernel module load check")},
	{250, SAME("Executing an untrusted program")},
};

static const struct code network_codes[] = {
	{409, SAME("CACL read stage of TCP service")},
	{421, SAME("HOSTNP entry for User '*' in TCP service CACL")},
};

static const struct code admin_codes[] = {
	{300, NAMED("Undefined ", " user")},
	{301, SAME("An attempt to delete last ADMIN user")},
	{302, SAME("An attempt to delete user root")},
	{303, SAME("User trying to change their own password")},
	{304, SAME("Nonauditor user trying to set audit mode")},
	{305, SAME("Command allowed for ADMIN user")},
	{306, SAME("Showuser (myself) , Showxusr allowed")},
	{307, SAME("User trying to set categories they do not have")},
	{308, SAME("User trying to set a security-label they do not have")},
	{309, SAME("User trying to set security-level greater than the user's own")},
	{310, SAME("NonADMIN user trying to set user-mode")},
	{311, SAME("Command allowed for object owner")},
	{312, NAMED("Native file owner can define it to ", "")},
	{313, SAME("Command allowed for a GROUP-ADMIN user")},
	{314, SAME("GROUP-ADMIN user can join/join- to group")},
	{315, SAME("GROUP-AUDITOR/ADMIN can list the group")},
	{316, SAME("An auditor can list any object")},
	{317, SAME("An OPERATOR can list any object")},
	{318, SAME("A GROUP-AUDITOR can list objects in group scope")},
	{319, SAME("A GROUP-OPERATOR can list objects in group scope")},
	{320, SAME("Command allowed for CLASS-ADMIN user")},
	{321, SAME("Command allowed for PWMANAGER/ADMIN with access")},
	{322, SAME("There is no rule allowing this operation")},
	{324, SAME("User changing their own password using sepass")},
	{326, SAME("User created 'Login Information' for themselves")},
	{327, SAME("Command allowed for GROUP-PWMANAGER")},
	{329, SAME("A PWMANAGER enabled a user")},
	{330, SAME("Command allowed for DOMAIN change")},
	{331, SAME("Command allowed for PWMANAGER")},
	{332, SAME("Changing native flags allowed for PWMANAGER")},
	{333,
	 SAME("Changing 'must change password next logon' attribute is allowed for PWMANAGER")},
	{334, SAME("Command allowed for GROUP-PWMANAGER")},
	{335, SAME("Editing 'Login Information' is allowed for PWMANAGER")},
	{336, SAME("Command allowed for auditor user")},
	{337, SAME("Failed to reconcile command with database information")},
	{338, SAME("Creating a command from an implicit request")},
	{STAGE_UNLOAD_CHECK, SAME("SEOS_syscall module unload readiness check")},
};

static const struct code shutdown_codes[] = {
	{STAGE_SHUTDOWN_ALLOWED, SAME("User is ADMIN or SPECIAL")},
	{STAGE_SHUTDOWN_DENIED, NAMED("User is not allowed to shutdown ", "")},
	{600, NAMED("Attempting to Terminate ", "")},
};

static const struct code password_codes[] = {
	{0, SAME("Password quality verified")},
	{1, SAME("Password too short")},
	{2, SAME("Password contains user name")},
	{3, SAME("Too few lowercase letters in password")},
	{4, SAME("Too few capital letters in password")},
	{5, SAME("Too few numeric characters in password")},
	{6, SAME("Too few other characters in password")},
	{7, SAME("Too many repetitions of same char in password")},
	{8, SAME("Same as current password")},
	{9, SAME("Password previously used. Select a different password")},
	{10, SAME("Too few alphabetic characters in password")},
	{11, SAME("Too few alphanumeric characters in password")},
	{12, SAME("Password was changed recently, cannot be changed again at this time")},
	{13, SAME("Password is contained by a previous password or vice versa")},
	{14, SAME("Password contains previous password pattern")},
	{16, SAME("Password too long")},
	{20, SAME("Passwords do not match")},
	{21, SAME("Cannot include predefined prohibited characters")},
	{22, SAME("Password previously used")},
	{23, SAME("Password is contained by a previous password or vice versa")},
	{24, SAME("Password is in dictionary file")},
	{100, SAME("Bad arguments")},
};

static const struct code untrust_codes[] = {
	{0, SAME("An error occurred")},
	{1, SAME("Stat was changed")},
	{2, SAME("HPUX/AIX extended information changed")},
	{3, SAME("HPUX/AIX ACL changed")},
	{4, SAME("CRC check failed")},
	{5, SAME("Cannot obtain information about the trusted file")},
	{6, SAME("MD5 signatures do not match")},
};

static const struct code reason_codes[] = {
	{REASON_NONE, SAME("No reason given")},
	{REASON_AUDIT_MODE, SAME("User audit mode requires logging")},
};

#define LIST(heading, codes)                                                                       \
	{                                                                                          \
		heading, codes, sizeof(codes) / sizeof((codes)[0])                                 \
	}

static const struct code_list lists[CODE_LISTS] = {
	[CODE_LOGIN] = LIST("Login and logout stage codes", login_codes),
	[CODE_RESOURCE] = LIST("Resource access stage codes", resource_codes),
	[CODE_NETWORK] = LIST("Network connection stage codes", network_codes),
	[CODE_ADMIN] = LIST("Database administration stage codes", admin_codes),
	[CODE_SHUTDOWN] = LIST("Shutdown stage codes", shutdown_codes),
	[CODE_PASSWORD] = LIST("Password quality codes", password_codes),
	[CODE_UNTRUST] = LIST("Untrust reason codes", untrust_codes),
	[CODE_REASON] = LIST("Reason codes", reason_codes),
};

const struct code_list *code_list(enum code_list_id id)
{
	return &lists[id];
}

const char *code_text(enum code_list_id id, int32_t number, enum code_brand brand)
{
	const struct code *codes = lists[id].codes;
	size_t low = 0;
	size_t high = lists[id].count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (codes[middle].number == number)
			return codes[middle].text[brand];
		if (codes[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *code_stage_text(int32_t stage, enum code_brand brand)
{
	const char *text = NULL;

	for (unsigned id = CODE_LOGIN; id < CODE_PASSWORD && !text; id++)
		text = code_text(id, stage, brand);
	return text;
}

const char *code_status_text(char status)
{
	static const char *const words['Z' + 1] = {
		['A'] = "Password attempt",
		['C'] = "Error",
		['D'] = "Denied",
		['E'] = "Login enabled",
		['F'] = "Failed",
		['I'] = "Login disabled",
		['M'] = "Daemon started or shut down",
		['O'] = "Logout",
		['P'] = "Permitted",
		['S'] = "Success",
		['U'] = "Untrust",
		['W'] = "Warning",
	};

	return status >= 'A' && status <= 'Z' ? words[(unsigned char)status] : NULL;
}

const char *code_product(enum code_brand brand)
{
	return brand == CODE_AC ? AC : PAMSC;
}

int code_brand_named(const char *name, enum code_brand *brand)
{
	if (strcmp(name, "pamsc") == 0)
		*brand = CODE_PAMSC;
	else if (strcmp(name, "ac") == 0)
		*brand = CODE_AC;
	else
		return -EINVAL;
	return 0;
}
