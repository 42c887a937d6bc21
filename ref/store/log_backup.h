/* SPDX-License-Identifier: MIT */
/*
 * Backups of the audit log that are kept when the next one comes: audit_back.yyyymmdd_HHMMSS, by
 * the local time at which it made room, with .01 and up behind it within a second (log/rotate/9 to
 * 11). Not for rotating (log.h).
 */
#ifndef REF_STORE_LOG_BACKUP_H
#define REF_STORE_LOG_BACKUP_H

#include "ref/store/log.h"

/* Moves the backup aside, when backups are kept and there is one. The folder is not synced. Returns
 * 0 or a negated errno value: then the backup is where it was. */
int log_backup_keep(struct platform *p, const struct audit_log_config *config);

/* Removes the oldest of those that were moved aside, by name, until backups_max are left. Returns 0
 * or a negated errno value. */
int log_backup_prune(struct platform *p, const struct audit_log_config *config);

/* Calls each for those that were moved aside, whatever the settings now are, in no order; ends with
 * what each says when it is not 0. */
int log_backup_list(struct platform *p, const struct audit_log_config *config,
		    int (*each)(void *arg, const char *path), void *arg);

#endif
