/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What guard.c and rules.c say to each other: where a file is, and which accesses to it are refused.
 *
 * Not for: anybody else (seos.h).
 */
#ifndef SEOS_GUARD_H
#define SEOS_GUARD_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/types.h>

#include "seos.h"

/* A file by its folder and its name there, or without a name the folder itself. The folder is known
 * by its number, so that its file system can be unmounted.
 */
struct place {
	dev_t device;
	unsigned long folder;
	u32 length; /* of the name */
	char name[SEOS_FILE_NAME_MAX];
};

/* folder is a descriptor. -EBADF, -ENOTDIR. */
int place_take(struct place *place, int folder, const char *name);

static inline bool place_same(const struct place *one, const struct place *other)
{
	return one->device == other->device && one->folder == other->folder &&
	       one->length == other->length && !memcmp(one->name, other->name, one->length);
}

static inline bool place_in(const struct place *place, const struct inode *folder)
{
	return place->folder == folder->i_ino && place->device == folder->i_sb->s_dev;
}

/* Under dentry->d_lock. */
static inline bool place_is(const struct place *place, const struct dentry *dentry)
{
	const struct inode *inode = d_inode(dentry);

	if (!place->length)
		return inode && place_in(place, inode);
	return dentry->d_name.len == place->length && place_in(place, d_inode(dentry->d_parent)) &&
	       !memcmp(dentry->d_name.name, place->name, place->length);
}

/* The files of one daemon that not everybody may have. */
struct rules;

/* See SEOS_IOC_FILES; *out is NULL for no files. */
int rules_make(const struct seos_files *wanted, struct rules **out);
void rules_free(struct rules *rules); /* NULL is fine */
/* Some verdict on changing into a folder is another than "permitted, and not a word about it". */
bool rules_on_folders(const struct rules *rules);

#define ACCESS_BIT(kind) (1U << (kind))

/* Whether one of the accesses, ACCESS_BITs, is refused to the caller; reports as told. Both with
 * preemption off, and for NULL as for no files.
 */
bool rules_refuse(const struct rules *rules, struct dentry *dentry, unsigned int accesses);
bool rules_refuse_chdir(const struct rules *rules, struct inode *inode);

#endif
