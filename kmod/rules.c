// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that not everybody may have: the verdicts that a daemon has given, looked up for whoever
 * asks for one, and reported. A table is made whole and never changed.
 *
 * Not for: when that is asked (guard.c), or how a verdict is found (seosd).
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "guard.h"

#define BUCKET_BITS 8

struct rule {
	struct hlist_node link;
	struct place place;
	const struct seos_right *rights; /* ascending uid, the last for everybody else */
	u32 count; /* of rights */
	u32 record_bytes;
	char record[SEOS_FILE_RECORD_MAX];
};

struct rules {
	u64 owner;
	bool on_folders;
	struct seos_right *rights;
	struct hlist_head buckets[1 << BUCKET_BITS]; /* by folder */
	struct rule rules[];
};

/* Texts of the report that is being made. */
struct texts {
	char program[SEOS_PROGRAM_MAX];
	char label[SEOS_SESSION_LABEL_MAX];
};

static DEFINE_PER_CPU(struct texts, texts); /* preemption is off, and no interrupt opens files */

/* Looking up */

static struct hlist_head *bucket_of(struct rules *rules, unsigned long folder)
{
	return &rules->buckets[hash_long(folder, BUCKET_BITS)];
}

static const struct rule *rule_in(const struct rules *rules, const struct inode *folder,
				  const struct dentry *dentry)
{
	const struct rule *rule;

	hlist_for_each_entry(rule, bucket_of((struct rules *)rules, folder->i_ino), link) {
		if (place_is(&rule->place, dentry))
			return rule;
	}
	return NULL;
}

/* Under dentry->d_lock. */
static const struct rule *rule_of(const struct rules *rules, const struct dentry *dentry)
{
	const struct rule *rule = rule_in(rules, d_inode(dentry->d_parent), dentry);

	return rule || d_is_negative(dentry) ? rule : rule_in(rules, d_inode(dentry), dentry);
}

static u8 verdict_of(const struct rule *rule, u32 uid, enum seos_access_kind kind)
{
	u32 low = 0, high = rule->count - 1;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (rule->rights[middle].uid == uid)
			return rule->rights[middle].verdict[kind];
		if (rule->rights[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return rule->rights[rule->count - 1].verdict[kind];
}

/* Reporting */

/* The path of the caller's program, at the end of the buffer. */
static char *program_of_current(char *buffer, size_t bytes)
{
	struct file *file;
	char *path = NULL;

	if (!current->mm)
		return NULL;
	rcu_read_lock();
	file = compat_get_file_rcu(&current->mm->exe_file);
	rcu_read_unlock();
	if (!file)
		return NULL;
	path = file_path(file, buffer, bytes);
	fput(file);
	return IS_ERR(path) ? NULL : path;
}

static void tell(const struct rules *rules, const struct rule *rule, enum seos_access_kind kind,
		 u8 verdict)
{
	struct texts *t = this_cpu_ptr(&texts);
	char *program = program_of_current(t->program, sizeof(t->program));
	struct seos_access access = {
		.owner = rules->owner,
		.pid = task_tgid_nr(current),
		.uid = __kuid_val(current_uid()),
		.euid = __kuid_val(current_euid()),
		.kind = kind,
		.verdict = verdict,
		.record_bytes = rule->record_bytes,
		.program_bytes = program ? strlen(program) : 0,
	};
	struct kvec body[] = {
		{ &access, sizeof(access) },
		{ (void *)rule->record, access.record_bytes },
		{ program, access.program_bytes },
		{ t->label, 0 },
	};

	access.label_bytes = sessions_current(&access.session, t->label);
	body[3].iov_len = access.label_bytes;
	events_write(SEOS_EVENT_ACCESS, body, ARRAY_SIZE(body));
}

static bool refuse(const struct rules *rules, const struct rule *rule, unsigned int accesses)
{
	for (enum seos_access_kind kind = 0; kind < SEOS_ACCESS_KINDS; kind++) {
		u8 verdict = accesses & ACCESS_BIT(kind) ?
				     verdict_of(rule, __kuid_val(current_uid()), kind) : 0;

		if (verdict & SEOS_VERDICT_TELL && events_wanted(SEOS_CLASS_ACCESS))
			tell(rules, rule, kind, verdict);
		if (verdict & SEOS_VERDICT_REFUSE)
			return true;
	}
	return false;
}

bool rules_refuse(const struct rules *rules, struct dentry *dentry, unsigned int accesses)
{
	const struct rule *rule;

	if (!rules)
		return false;
	spin_lock(&dentry->d_lock);
	rule = rule_of(rules, dentry);
	spin_unlock(&dentry->d_lock);
	return rule && refuse(rules, rule, accesses);
}

bool rules_refuse_chdir(const struct rules *rules, struct inode *inode)
{
	const struct rule *rule = NULL;
	struct dentry *dentry;

	if (!rules || !rules->on_folders)
		return false;
	spin_lock(&inode->i_lock);
	hlist_for_each_entry(dentry, &inode->i_dentry, d_u.d_alias) { /* a folder has one */
		spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_NESTED);
		rule = rule_of(rules, dentry);
		spin_unlock(&dentry->d_lock);
		if (rule)
			break;
	}
	spin_unlock(&inode->i_lock);
	return rule && refuse(rules, rule, ACCESS_BIT(SEOS_ACCESS_CHDIR));
}

bool rules_on_folders(const struct rules *rules)
{
	return rules && rules->on_folders;
}

/* Making */

int place_take(struct place *place, int folder, const char *name)
{
	struct file *file = fget(folder);
	const struct inode *inode;
	int err;

	if (!file)
		return -EBADF;
	inode = file_inode(file);
	err = S_ISDIR(inode->i_mode) ? 0 : -ENOTDIR;
	*place = (struct place){ .device = inode->i_sb->s_dev, .folder = inode->i_ino };
	place->length = strnlen(name, sizeof(place->name) - 1);
	memcpy(place->name, name, place->length);
	fput(file);
	return err;
}

/* Rights are in order, and nobody asks for what does not exist. */
static bool rights_sound(const struct seos_right *rights, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		if (rights[i].reserved || (i + 1 == count && rights[i].uid) ||
		    (i > 0 && i + 1 < count && rights[i].uid <= rights[i - 1].uid))
			return false;
	}
	return count > 0;
}

static int rule_take(struct rules *rules, struct rule *rule, const struct seos_file *file,
		     const struct seos_right *rights)
{
	int err;

	if (!memchr(file->name, 0, sizeof(file->name)) ||
	    !memchr(file->record, 0, sizeof(file->record)) || !rights_sound(rights, file->rights))
		return -EINVAL;
	err = place_take(&rule->place, file->folder, file->name);
	if (err)
		return err;
	rule->rights = rights;
	rule->count = file->rights;
	rule->record_bytes = strlen(file->record);
	memcpy(rule->record, file->record, rule->record_bytes);
	for (u32 i = 0; i < rule->count; i++)
		rules->on_folders |= rights[i].verdict[SEOS_ACCESS_CHDIR] &
				     (SEOS_VERDICT_REFUSE | SEOS_VERDICT_TELL);
	hlist_add_head(&rule->link, bucket_of(rules, rule->place.folder));
	return 0;
}

static int rules_take(struct rules *rules, const struct seos_files *wanted,
		      const struct seos_file *files)
{
	u32 used = 0;
	int err = 0;

	for (u32 i = 0; i < wanted->count && !err; i++) {
		if (files[i].rights > wanted->right_count - used)
			return -EINVAL;
		err = rule_take(rules, &rules->rules[i], &files[i], rules->rights + used);
		used += files[i].rights;
	}
	return err;
}

int rules_make(const struct seos_files *wanted, struct rules **out)
{
	struct seos_file *files;
	struct rules *rules;
	int err;

	*out = NULL;
	if (!wanted->count)
		return 0;
	rules = kvzalloc(struct_size(rules, rules, wanted->count), GFP_KERNEL);
	if (!rules)
		return -ENOMEM;
	rules->owner = wanted->owner;
	rules->rights = kvmalloc_array(wanted->right_count, sizeof(rules->rights[0]), GFP_KERNEL);
	files = kvmalloc_array(wanted->count, sizeof(files[0]), GFP_KERNEL);
	if (!rules->rights || !files)
		err = -ENOMEM;
	else if (copy_from_user(files, u64_to_user_ptr(wanted->files),
				wanted->count * sizeof(files[0])) ||
		 copy_from_user(rules->rights, u64_to_user_ptr(wanted->rights),
				wanted->right_count * sizeof(rules->rights[0])))
		err = -EFAULT;
	else
		err = rules_take(rules, wanted, files);
	kvfree(files);
	if (err)
		rules_free(rules);
	else
		*out = rules;
	return err;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	kvfree(rules->rights);
	kvfree(rules);
}
