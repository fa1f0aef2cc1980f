/* A snapshot of the process that a core file is of: the steps of snapshot.c without anything that has to stand still. */
#include "snapshot/snapshot.h"

#include <errno.h>
#include <string.h>

static int read_all(struct snapshot *s, const struct maps *maps)
{
	const struct kept none = {0};

	if (symbols_read(&s->symbols, maps, CORE) != 0 || image_reserve(&s->image, maps, CORE) != 0)
		return -1;
	zones_reserve(&s->zone_arena, &s->symbols, maps, CORE);
	s->http_lua = cycle_lua_state(&s->symbols, CORE, "http");
	s->stream_lua = cycle_lua_state(&s->symbols, CORE, "stream");
	counters_read(&s->counters, &s->symbols, CORE);
	cycle_read(&s->cycle, &s->symbols, CORE);
	event_loop_read(&s->event_loop, &s->symbols, CORE);
	if (footprint_read_areas(&s->footprint, 0, CORE) != 0)
		return -1;
	footprint_read_process(&s->footprint, &s->image, maps, &s->symbols, &s->zone_arena, CORE);
	if (image_copy(&s->image, maps, CORE) != 0 || footprint_read_memory(&s->footprint, &s->image, &none, CORE) != 0)
		return -1;
	s->footprint.zones.copied_ms = s->core.written_ms;
	return 0;
}

int snapshot_read_core(struct snapshot *s, const char *file, const struct core_files *files, struct error *e)
{
	struct maps maps;
	int result;

	memset(s, 0, sizeof(*s));
	if (core_open(file, files, e) != 0)
		return -1;
	s->of_core = true;
	s->core = *core_facts();
	s->pid = s->core.pid;
	s->taken_ms = s->core.written_ms;
	s->attempts = 1;
	errno = ENOMEM;
	result = maps_read(CORE, &maps);
	if (result == 0) {
		result = read_all(s, &maps);
		maps_free(&maps);
	}
	if (result != 0) {
		error_set(e, EXIT_CANNOT_READ, "cannot read the core file %s: %s", file, strerror(errno));
		snapshot_free(s);
	}
	core_close();
	return result;
}
