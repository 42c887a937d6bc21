/* SPDX-License-Identifier: MIT */
/*
 * What guests run under, by proof: /dev/kvm may exist and abort, or hang after the firmware, so KVM
 * is used only where a guest has really booted under it. The verdict is kept with the kernel it was
 * found on, and asked for again on another.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vm-images/file.h"
#include "vm-images/guest_private.h"

#define REASON_MAX 256
/* A guest under KVM that works is through in a quarter of this. */
#define PROOF_S    4

/* Returns whether build/guest/accel has a verdict for this kernel: three lines, accelerator,
 * reason, kernel. */
static bool recall(const char *path, const char *kernel, enum guest_accel *accel, char *reason)
{
	struct guest_error ignored = {.text = ""};
	char *text = file_load(&ignored, path), *rest = text;
	char *name = strsep(&rest, "\n"), *why = strsep(&rest, "\n"), *where = strsep(&rest, "\n");
	bool known = where && !strcmp(where, kernel);

	if (known) {
		*accel = !strcmp(name, guest_accel_name(GUEST_ACCEL_KVM)) ? GUEST_ACCEL_KVM
									  : GUEST_ACCEL_TCG;
		snprintf(reason, REASON_MAX, "%s", why);
	}
	free(text);
	return known;
}

static enum guest_accel prove(struct guest *g, char *reason)
{
	const char *const command[] = {"true", NULL};
	struct guest_run run = {
		.command = command, .accel = GUEST_ACCEL_KVM, .deadline_s = PROOF_S};
	struct guest_result result;
	struct guest_error error;
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		snprintf(reason, REASON_MAX, "/dev/kvm: %s", strerror(errno));
		return GUEST_ACCEL_TCG;
	}
	close(fd);
	if (guest_run(g, &run, &result, &error)) {
		snprintf(reason, REASON_MAX, "no guest could be started: %.200s", error.text);
		return GUEST_ACCEL_TCG;
	}
	if (result.verdict == GUEST_PASS) {
		snprintf(reason, REASON_MAX, "a guest booted under KVM in %u ms", result.boot_ms);
		return GUEST_ACCEL_KVM;
	}
	snprintf(reason, REASON_MAX, "a guest under KVM: %.200s", result.reason);
	return GUEST_ACCEL_TCG;
}

enum guest_accel guest_prove_accel(struct guest *g, char reason[REASON_MAX])
{
	char text[REASON_MAX] = "";
	struct utsname kernel = {.release = ""};
	struct guest_error ignored = {.text = ""};
	char *path = file_text("%s/accel", g->base);
	enum guest_accel accel = GUEST_ACCEL_TCG;

	uname(&kernel);
	if (path && !recall(path, kernel.release, &accel, text)) {
		char *verdict;

		accel = prove(g, text);
		verdict = file_text("%s\n%s\n%s\n", guest_accel_name(accel), text, kernel.release);
		/* Where it cannot be kept it is only proved again. */
		if (verdict)
			file_write(&ignored, verdict, "%s", path);
		free(verdict);
	}
	free(path);
	if (reason)
		snprintf(reason, REASON_MAX, "%s", text);
	return accel;
}
