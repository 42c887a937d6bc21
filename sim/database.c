/* SPDX-License-Identifier: MIT */
/*
 * SQLite on the simulated machine's files: a VFS of the machine's own, so that a policy database
 * lives, is locked and is lost like any other file. One process runs at a time, so a lock is a mark
 * on the open file and never waits.
 */
#include "sim/world.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct database_file {
	sqlite3_file base; /* first */
	struct sim *sim;
	struct sim_file *file;
	int lock;
	bool delete_on_close;
};

static struct database_file *open_file(sqlite3_file *f)
{
	return (struct database_file *)f;
}

static struct sim *sim_of(sqlite3_vfs *vfs)
{
	return vfs->pAppData;
}

static int on_close(sqlite3_file *f)
{
	struct database_file *d = open_file(f);

	d->file->open_count--;
	if (d->delete_on_close && d->file->path)
		sim_file_unlink(d->sim, d->file->path);
	else
		sim_file_release(d->sim, d->file);
	return SQLITE_OK;
}

static int on_read(sqlite3_file *f, void *buffer, int bytes, sqlite3_int64 offset)
{
	ssize_t n = sim_file_read(open_file(f)->file, buffer, (size_t)bytes, (uint64_t)offset);

	if (n < 0)
		return SQLITE_IOERR_READ;
	if (n == bytes)
		return SQLITE_OK;
	memset((char *)buffer + n, 0, (size_t)(bytes - n));
	return SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *f, const void *data, int bytes, sqlite3_int64 offset)
{
	struct database_file *d = open_file(f);

	return sim_file_write(d->sim, d->file, data, (size_t)bytes, (uint64_t)offset)
		       ? SQLITE_IOERR_WRITE
		       : SQLITE_OK;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
	struct database_file *d = open_file(f);

	return sim_file_resize(d->sim, d->file, (uint64_t)bytes) ? SQLITE_IOERR_TRUNCATE
								 : SQLITE_OK;
}

static int on_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	return sim_file_sync(open_file(f)->sim, open_file(f)->file) ? SQLITE_IOERR_FSYNC
								    : SQLITE_OK;
}

static int on_size(sqlite3_file *f, sqlite3_int64 *bytes)
{
	*bytes = (sqlite3_int64)open_file(f)->file->size;
	return SQLITE_OK;
}

static int on_lock(sqlite3_file *f, int level)
{
	open_file(f)->lock = level;
	return SQLITE_OK;
}

static int on_check_lock(sqlite3_file *f, int *reserved)
{
	*reserved = open_file(f)->lock >= SQLITE_LOCK_RESERVED;
	return SQLITE_OK;
}

static int on_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int on_sector(sqlite3_file *f)
{
	(void)f;
	return 4096;
}

static int on_characteristics(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* no shared memory: no WAL here */
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_lock,
	.xCheckReservedLock = on_check_lock,
	.xFileControl = on_control,
	.xSectorSize = on_sector,
	.xDeviceCharacteristics = on_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct database_file *d = open_file(f);
	struct sim *s = sim_of(vfs);
	char own[64];
	struct sim_file *file;

	d->base.pMethods = NULL;
	if (!name) {
		snprintf(own, sizeof(own), "/tmp/sqlite-%llu",
			 (unsigned long long)sim_random(s, UINT64_MAX));
		name = own;
	}
	file = sim_file_find(s, name);
	if (file && file->is_dir)
		return SQLITE_CANTOPEN;
	if (!file &&
	    (!(flags & SQLITE_OPEN_CREATE) || sim_file_make(s, name, false, 0600, 0, &file)))
		return SQLITE_CANTOPEN;
	file->open_count++;
	d->base.pMethods = &methods;
	d->sim = s;
	d->file = file;
	d->lock = SQLITE_LOCK_NONE;
	d->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	int error = sim_file_unlink(sim_of(vfs), name);

	(void)sync_dir;
	if (error == -ENOENT)
		return SQLITE_IOERR_DELETE_NOENT;
	return error ? SQLITE_IOERR_DELETE : SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *yes)
{
	(void)flags;
	*yes = sim_file_find(sim_of(vfs), name) != NULL;
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int bytes, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)bytes, "%s", name) >= bytes ? SQLITE_CANTOPEN : SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int bytes, char *out)
{
	for (int i = 0; i < bytes; i++)
		out[i] = (char)sim_random(sim_of(vfs), 256);
	return bytes;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us; /* nobody else could run meanwhile */
}

static int vfs_time(sqlite3_vfs *vfs, double *julian_day)
{
	*julian_day = 2440587.5 + (double)sim_wall_ns(sim_of(vfs)) / 86400e9;
	return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *vfs, int bytes, char *out)
{
	(void)vfs;
	(void)bytes;
	(void)out;
	return 0;
}

int sim_database_register(struct sim *s)
{
	sqlite3_vfs *vfs = calloc(1, sizeof(*vfs));

	if (!vfs)
		return -ENOMEM;
	snprintf(s->vfs_name, sizeof(s->vfs_name), "sim-%p", (void *)s);
	*vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = (int)sizeof(struct database_file),
		.mxPathname = PLATFORM_PATH_MAX,
		.zName = s->vfs_name,
		.pAppData = s,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_error,
	};
	s->vfs = vfs;
	return sqlite3_vfs_register(vfs, 0) == SQLITE_OK ? 0 : -ENOMEM;
}

void sim_database_unregister(struct sim *s)
{
	if (s->vfs)
		sqlite3_vfs_unregister(s->vfs);
	free(s->vfs);
	s->vfs = NULL;
}
