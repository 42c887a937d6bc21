/* SPDX-License-Identifier: MIT */
/*
 * inode: a hash table of (device, inode number), chained, grown to twice its size when it is full.
 * Not here: any operation on the files (see inode.h).
 */
#include "inode.h"

#include "undo.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BUCKETS_AT_FIRST 1024U

static uint64_t inode_hash(dev_t dev, ino_t ino)
{
	return (ino ^ (uint64_t)dev << 40) * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

int inode_table_open(struct inode_table *table)
{
	*table = (struct inode_table){.mask = BUCKETS_AT_FIRST - 1};
	table->buckets = calloc(BUCKETS_AT_FIRST, sizeof(struct inode *));
	if (!table->buckets)
		return -ENOMEM;
	int rc = pthread_mutex_init(&table->lock, NULL);

	if (rc)
		free(table->buckets);
	return -rc;
}

void inode_table_close(struct inode_table *table)
{
	for (uint64_t i = 0; i <= table->mask; i++) {
		while (table->buckets[i]) {
			struct inode *inode = table->buckets[i];

			table->buckets[i] = inode->next;
			undo_end(inode->undo);
			close(inode->fd);
			free(inode);
		}
	}
	free(table->buckets);
	pthread_mutex_destroy(&table->lock);
}

/* Where the file is linked in, or where it would be. */
static struct inode **inode_link(struct inode_table *table, dev_t dev, ino_t ino)
{
	struct inode **link = &table->buckets[inode_hash(dev, ino) & table->mask];

	while (*link && ((*link)->ino != ino || (*link)->dev != dev))
		link = &(*link)->next;
	return link;
}

/* Without memory for a larger one the table stays as it is, with longer chains. */
static void inode_table_grow(struct inode_table *table)
{
	uint64_t old_mask = table->mask;
	struct inode **old = table->buckets;
	struct inode **buckets = calloc(2 * (old_mask + 1), sizeof(struct inode *));

	if (!buckets)
		return;
	table->buckets = buckets;
	table->mask = 2 * (old_mask + 1) - 1;
	for (uint64_t i = 0; i <= old_mask; i++) {
		while (old[i]) {
			struct inode *inode = old[i];
			struct inode **link =
				&buckets[inode_hash(inode->dev, inode->ino) & table->mask];

			old[i] = inode->next;
			inode->next = *link;
			*link = inode;
		}
	}
	free(old);
}

struct inode *inode_find(struct inode_table *table, const struct stat *st)
{
	pthread_mutex_lock(&table->lock);
	struct inode *inode = *inode_link(table, st->st_dev, st->st_ino);

	if (inode)
		inode->refs++;
	pthread_mutex_unlock(&table->lock);
	return inode;
}

struct inode *inode_add(struct inode_table *table, int fd, const struct stat *st)
{
	struct inode *fresh = calloc(1, sizeof(*fresh));

	if (!fresh) {
		close(fd);
		return NULL;
	}
	fresh->dev = st->st_dev;
	fresh->ino = st->st_ino;
	fresh->fd = fd;
	fresh->refs = 1;

	pthread_mutex_lock(&table->lock);
	if (table->count > table->mask)
		inode_table_grow(table);
	struct inode **link = inode_link(table, st->st_dev, st->st_ino);
	struct inode *inode = *link;

	if (inode) {
		inode->refs++;
	} else {
		*link = inode = fresh;
		table->count++;
	}
	pthread_mutex_unlock(&table->lock);
	if (inode != fresh) {
		close(fd);
		free(fresh);
	}
	return inode;
}

void inode_get(struct inode_table *table, struct inode *inode)
{
	pthread_mutex_lock(&table->lock);
	inode->refs++;
	pthread_mutex_unlock(&table->lock);
}

int inode_table_list(struct inode_table *table, struct inode ***inodes, size_t *count)
{
	pthread_mutex_lock(&table->lock);
	*count = 0;
	*inodes = calloc(table->count + 1, sizeof(struct inode *));
	for (uint64_t i = 0; *inodes && i <= table->mask; i++) {
		for (struct inode *inode = table->buckets[i]; inode; inode = inode->next) {
			inode->refs++;
			(*inodes)[(*count)++] = inode;
		}
	}
	pthread_mutex_unlock(&table->lock);
	return *inodes ? 0 : -ENOMEM;
}

void inode_put(struct inode_table *table, struct inode *inode, uint64_t refs)
{
	pthread_mutex_lock(&table->lock);
	assert(inode->refs >= refs);
	inode->refs -= refs;
	bool last = inode->refs == 0;

	if (last) {
		*inode_link(table, inode->dev, inode->ino) = inode->next;
		table->count--;
	}
	pthread_mutex_unlock(&table->lock);
	if (!last)
		return;
	close(inode->fd);
	free(inode);
}
