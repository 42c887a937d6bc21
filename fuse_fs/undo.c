/* SPDX-License-Identifier: MIT */
/*
 * undo: old pages of a file, each at its own offset in a sparse file in memory, whose holes tell
 * what was not changed. Not here: when files change (see undo.h).
 */
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

struct undo {
	int file_fd;
	int pages_fd;  /* as long as the file was, in whole pages */
	uint64_t kept; /* bytes of pages */
	off_t size;    /* of the file when it was synced */
};

static int undo_open(struct undo *undo, const char *path)
{
	struct stat st;

	undo->file_fd = open(path, O_RDWR | O_CLOEXEC);
	if (undo->file_fd < 0)
		return -errno;
	undo->pages_fd = memfd_create("fillfs-undo", MFD_CLOEXEC);
	if (undo->pages_fd < 0 || fstat(undo->file_fd, &st) < 0)
		return -errno;
	undo->size = st.st_size;
	return ftruncate(undo->pages_fd, (st.st_size + PAGE - 1) / PAGE * PAGE) < 0 ? -errno : 0;
}

int undo_begin(struct undo **undo, const char *path)
{
	struct undo *fresh = malloc(sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	*fresh = (struct undo){.file_fd = -1, .pages_fd = -1};
	int rc = undo_open(fresh, path);

	if (rc < 0)
		undo_end(fresh);
	else
		*undo = fresh;
	return rc;
}

/* Copies one page, or what of it lies within the synced size. Returns 0 or -errno. */
static int page_copy(int from, int to, off_t offset, off_t size)
{
	char page[PAGE];
	size_t length = size - offset < PAGE ? (size_t)(size - offset) : PAGE;
	ssize_t n = pread(from, page, length, offset);

	if (n < 0)
		return -errno;
	/* Somebody behind our back may have cut the file: what is there counts. */
	if (n > 0 && pwrite(to, page, (size_t)n, offset) != n)
		return errno ? -errno : -EIO;
	return 0;
}

int undo_keep(struct undo *undo, off_t start, off_t end)
{
	int rc = 0;

	if (end > undo->size)
		end = undo->size;
	for (off_t page = start / PAGE * PAGE; page < end && !rc; page += PAGE) {
		page = lseek(undo->pages_fd, page, SEEK_HOLE);
		if (page < 0)
			return -errno;
		if (page < end)
			rc = page_copy(undo->file_fd, undo->pages_fd, page, undo->size);
		if (page < end && !rc)
			undo->kept += PAGE;
	}
	return rc;
}

uint64_t undo_kept(const struct undo *undo)
{
	return undo->kept;
}

int undo_roll_back(const struct undo *undo)
{
	int rc = ftruncate(undo->file_fd, undo->size) < 0 ? -errno : 0;

	for (off_t page = 0; !rc; page += PAGE) {
		page = lseek(undo->pages_fd, page, SEEK_DATA);
		if (page < 0)
			return errno == ENXIO ? 0 : -errno;
		rc = page_copy(undo->pages_fd, undo->file_fd, page, undo->size);
	}
	return rc;
}

void undo_end(struct undo *undo)
{
	if (!undo)
		return;
	if (undo->file_fd >= 0)
		close(undo->file_fd);
	if (undo->pages_fd >= 0)
		close(undo->pages_fd);
	free(undo);
}
