/* SPDX-License-Identifier: MIT */
/*
 * The target that is a QEMU guest: boots it, runs the cases inside it with the same program, reads
 * their results as they happen, and names what became of those the guest took down with it.
 *
 * Not for: how guests are built and booted (vm-images/guest.h).
 */
#ifndef CONFORMANCE_TARGET_GUEST_H
#define CONFORMANCE_TARGET_GUEST_H

#include "conformance/runner.h"

/*
 * Runs the planned cases of a run, in several guests at once where that pays ([target] jobs): those
 * that are not isolated share a guest, each of the others has one of its own. A guest that goes
 * down costs the case it was in; the rest go on in a new one. project: the folder [files] are
 * relative to. overlays: folders laid over the guest's root; ends with NULL. Returns 0; -1 with
 * why[] when no guest could be started.
 */
int guest_target_run(struct run *run, const struct profile *profile, const char *project,
		     const char *const *overlays, struct run_sink *sink, char *why, size_t bytes);

#endif
