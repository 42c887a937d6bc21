/* SPDX-License-Identifier: MIT */
/*
 * inode: the files of the source folder that the kernel knows of, each held open with O_PATH, so
 * that rename and unlink never lose them and their inode numbers are not used again meanwhile. Not
 * here: what is done with them (passthrough.h).
 */
#ifndef FUSE_FS_INODE_H
#define FUSE_FS_INODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* One file. `dev`, `ino` and `fd` stay as they are while it is in the table. */
struct inode {
	struct inode *next; /* in its bucket, protected by the table's lock */
	uint64_t refs;      /* protected by the table's lock */
	dev_t dev;
	ino_t ino;
	int fd;
	struct undo *undo;          /* of what was not synced, with a reference; see crash.c */
	_Atomic unsigned int opens; /* handles open on it */

	/* For enforced space; protected by the lock of the fill table. */
	uint64_t epoch;     /* of the ledger in which `allocated` was last booked; 0: never */
	uint64_t allocated; /* bytes */
	bool gone;          /* deleted, and its space given back */
};

struct inode_table {
	pthread_mutex_t lock;
	struct inode **buckets; /* protected by lock, as are the rest */
	uint64_t mask;
	uint64_t count;
};

/** inode_table_open - an empty table. Returns 0 or -errno. */
int inode_table_open(struct inode_table *table);

/** inode_table_close - close every file and free the table. */
void inode_table_close(struct inode_table *table);

/** inode_find - the inode of a file with one more reference, or NULL if it is not in the table. */
struct inode *inode_find(struct inode_table *table, const struct stat *st);

/**
 * inode_add - the inode of a file with one more reference, made if it is not in the table.
 * @fd: open on the file with O_PATH; the table's from here on, whatever comes out.
 *
 * Returns NULL if there is no memory.
 */
struct inode *inode_add(struct inode_table *table, int fd, const struct stat *st);

/** inode_get - one more reference. */
void inode_get(struct inode_table *table, struct inode *inode);

/**
 * inode_table_list - all inodes there are, each with one more reference.
 * @inodes: the answer, to be freed.
 *
 * Returns 0 or -errno.
 */
int inode_table_list(struct inode_table *table, struct inode ***inodes, size_t *count);

/** inode_put - give back @refs references; the last closes the file. */
void inode_put(struct inode_table *table, struct inode *inode, uint64_t refs);

#endif
