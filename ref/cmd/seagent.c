/* SPDX-License-Identifier: MIT */
/*
 * seagent: the daemon between this host and others. It takes the requests of other hosts, which
 * seosd decides, and has other hosts asked for secons; each in a child process. It is started by
 * another daemon of the ring, never by hand, and looks after the next one (wire/ring.h).
 */
#include "ref/store/policy.h"
#include "ref/wire/key.h"
#include "ref/wire/link.h"
#include "ref/wire/relay.h"
#include "ref/wire/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int seagent_main(struct program_run *run, int argc, char **argv)
{
	struct ring_guard *g;
	int status;

	if (!ring_guard_called(argc, argv)) {
		fprintf(run->err, "seagent: it is started by the other daemons: run seosd\n");
		return EXIT_USAGE;
	}
	status = ring_guard_enter(run, PRODUCT_SEAGENT);
	if (status)
		return status;
	run->state = g = calloc(1, sizeof(*g));
	if (!g) {
		fprintf(run->err, "seagent: out of memory\n");
		return EXIT_REFUSED;
	}
	g->ring.self = PRODUCT_SEAGENT;
	return PROGRAM_SERVE;
}

/* Without a key nobody can be proved anything, and no port is opened (daemon/seagent/6). */
static int serve_hosts(struct program_run *run)
{
	struct platform *p = run->platform;
	struct product product;
	char why[POLICY_WHY_MAX];
	struct keys keys;
	int error = key_load(p, &keys);

	if (error == -ENOENT)
		return EXIT_DONE;
	if (error) {
		fprintf(run->err, "seagent: the keys of this host: %s\n", strerror(-error));
		return EXIT_REFUSED;
	}
	error = product_load(p, &product, why, sizeof(why));
	if (!error) {
		const struct platform_link link = {keys.key, keys.certificate, product.port};

		error = p->ops->link_serve(p, &link);
		if (error)
			snprintf(why, sizeof(why), "port %u: %s", product.port,
				 error == -EINVAL ? "the key of this host is damaged"
						  : strerror(-error));
		product_free(&product);
	}
	key_free(&keys);
	if (error)
		fprintf(run->err, "seagent: %s\n", why);
	return error ? EXIT_REFUSED : EXIT_DONE;
}

static int seagent_start(struct program_run *run)
{
	struct platform *p = run->platform;
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, PRODUCT_AGENT, path);
	int status;

	/* Anybody may ask; who it is decides about the answer. */
	if (!error)
		error = p->ops->channel_serve(p, path, 0666);
	if (error && error != -ENOTSUP) {
		fprintf(run->err, "seagent: socket %s: %s\n", path, strerror(-error));
		return EXIT_REFUSED;
	}
	status = serve_hosts(run);
	return status ? status : ring_guard_start(run);
}

static void seagent_channel(struct program_run *run, struct platform_channel *c,
			    const struct platform_caller *who)
{
	if (who->is_host)
		link_serve(run->platform, c, who);
	else
		relay_serve(run->platform, c, who);
}

static const struct daemon_handlers handlers = {
	.start = seagent_start,
	.channel = seagent_channel,
	.timer = ring_guard_timer,
	.signal = ring_guard_signal,
	.stop = ring_guard_stop,
};

const struct program seagent_program = {"seagent", seagent_main, &handlers};
