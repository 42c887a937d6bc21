/* SPDX-License-Identifier: MIT */
/*
 * Fuzzing of route.c and filter.c: the bytes are a selogrd.cfg. What is taken has names and
 * destinations that are safe as arguments, and its filters answer for any record; what is refused
 * is refused with a line and in words.
 */
#include "ref/core/route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_route(const struct route *route)
{
	struct audit_record record;

	assert(route->name[0] && route->target[0] && route->name[0] != '-');
	assert(route->action == ROUTE_FILE || route->target[0] != '-');
	assert(*route_action_name(route->action));
	assert(route->filter_count <= ROUTE_FILTERS_MAX);
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		record_init(&record, (enum record_type)type, 0, 'P');
		record_cut_text(&record, RECORD_USER, "root");
		record_cut_text(&record, RECORD_CLASS, "TCP");
		if (route_takes(route, &record))
			assert(route->action != ROUTE_NOTIFY);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct route_list list;
	char why[ROUTE_WHY_MAX] = "";
	char *text = malloc(size + 1);
	unsigned line;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (route_parse(text, &list, &line, why)) {
		assert(why[0] && line > 0);
	} else {
		assert(list.count <= ROUTE_MAX);
		for (unsigned i = 0; i < list.count; i++)
			check_route(&list.routes[i]);
	}
	free(text);
	return 0;
}
