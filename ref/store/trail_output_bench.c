/* SPDX-License-Identifier: MIT */
/*
 * Writes so many events to a trail in the memory of a simulated machine: the work of diskaudit
 * between the kernel's ring and the file. Not for: what disks cost.
 */
#include "ref/store/trail_output.h"
#include "sim/sim.h"

#include <errno.h>
#include <stdlib.h>

#define TRAIL "/var/.audit/trail"

int main(int argc, char **argv)
{
	static struct writer_positions positions = {.origin = 1};
	static struct platform_audit_event e = {
		.pid = 2105,
		.ppid = 1,
		.abi = 1,
		.number = 257,
		.class = TRAIL_CLASS_OPEN,
		.program = "vsftpd",
		.path = "/var/ftp/pub/README",
	};
	static struct trail_made made;
	const struct trail_record calls = {.type = TRAIL_RECORD_CALLS};
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	struct sim *s = sim_new(1, 1222256334);
	struct platform *p = s ? sim_root(s) : NULL;
	struct trail_output *o = NULL;
	int error = p ? trail_make(p, TRAIL, 1, true, &made) : -ENOMEM;

	if (!error)
		error = trail_output_open(p, TRAIL, 1, &positions, &calls, &o);
	for (unsigned long n = 1; n <= count && !error; n++) {
		e.sequence = n;
		error = trail_output_add(o, &e);
		if (error != -ENOBUFS)
			continue;
		error = trail_output_write(o);
		if (!error)
			error = trail_output_add(o, &e);
	}
	if (!error)
		error = trail_output_write(o);
	trail_output_close(o);
	sim_free(s);
	return error ? 1 : 0;
}
