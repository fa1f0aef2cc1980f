/* Taking a snapshot: all that needs the process, stopped or not. */
#define _GNU_SOURCE
#include "snapshot/snapshot.h"
#include "freeze/clone.h"
#include "freeze/freeze.h"
#include "freeze/room.h"
#include "target/process.h"
#include "freeze/watchdog.h"
#include "base/clock.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static int cannot_read(pid_t pid, struct error *e)
{
	struct process p;
	int reason = errno;

	if (reason == ENOENT || reason == ESRCH || process_read(pid, &p) != 0 || p.state == 'Z')
		return error_set(e, EXIT_CANNOT_READ, "no process %d: it has exited, or never was", (int)pid);
	return error_set(e, EXIT_CANNOT_READ,
			 "cannot read process %d: %s. It runs as uid %u, this is uid %u: run as that user, or with CAP_SYS_PTRACE (in a container: --cap-add SYS_PTRACE)",
			 (int)pid, strerror(reason), (unsigned)p.uid, (unsigned)geteuid());
}

static int require_nginx(pid_t pid, const struct options *o, struct error *e)
{
	struct process p;

	if (process_read(pid, &p) != 0)
		return error_set(e, EXIT_CANNOT_READ, "no process %d", (int)pid);
	if (o->any_process || p.is_nginx || strstr(p.title, "nginx") || strstr(p.title, "openresty") || process_is_below_master(&p))
		return 0;
	return error_set(e, EXIT_CANNOT_READ, "process %d is not nginx: its command line is '%.80s'", (int)pid, p.title);
}

/* LuaJIT's objects have another form in 32-bit programs. */
static int require_64_bit(pid_t pid, const struct maps *maps, struct error *e)
{
	unsigned char ident[EI_NIDENT];

	if (memory_read(pid, raddr(maps->list[0].start), ident, sizeof(ident)) != 0 || memcmp(ident, ELFMAG, SELFMAG) != 0 ||
	    ident[EI_CLASS] != ELFCLASS32)
		return 0;
	return error_set(e, EXIT_UNKNOWN_BUILD, "process %d is a 32-bit program: heapwalk reads 64-bit ones", (int)pid);
}

static int check_pause(pid_t pid, const struct options *o, struct error *e)
{
	struct estimate estimate;

	if (o->max_pause_ms == 0)
		return 0;
	if (estimate_pause(&estimate, pid, o->heap_only, o->fork) != 0)
		return cannot_read(pid, e);
	if (estimate.pause_us <= (uint64_t)o->max_pause_ms * 1000u)
		return 0;
	return error_set(e, EXIT_NOT_EXACT,
			 "not tried: a snapshot would stop process %d for about %.1f ms to copy %.1f MB, and no more than %d ms are allowed", (int)pid,
			 (double)estimate.pause_us / 1000, (double)estimate.copy_bytes / 1e6, o->max_pause_ms);
}

/* A large heap on a busy machine takes long to copy; only a walker that stands still is to be killed. */
static void sign_of_life(const void *dog)
{
	watchdog_arm(dog);
}

/* While a snapshot is taken. */
struct taking {
	struct snapshot *s;
	const struct options *o;
	struct watchdog dog;
	struct maps maps;	/* once it stands still */
	struct kept kept;
	struct clone clone;
};

static int could_not(const struct taking *t, struct error *e)
{
	if (errno == ETIME)
		return error_set(e, EXIT_NOT_EXACT, "given up: process %d would have been stopped for longer than is allowed. Nothing was read",
				 (int)t->s->pid);
	return cannot_read(t->s->pid, e);
}

/* What only the process itself has; it stands still. */
static int read_process(struct taking *t, uint64_t deadline_ns, struct error *e)
{
	struct snapshot *s = t->s;

	if (t->o->heap_only ? maps_read(s->pid, &t->maps) != 0
			    : footprint_read_areas(&s->footprint, s->image.mapped, s->pid) != 0 || areas_maps(&s->footprint.areas, &t->maps) != 0)
		return cannot_read(s->pid, e);
	s->taken_ms = clock_unix_ms();
	s->image.deadline_ns = deadline_ns;
	s->image.alive = sign_of_life;
	s->image.alive_context = &t->dog;
	counters_read(&s->counters, &s->symbols, s->pid);
	if (!t->o->heap_only)
		footprint_read_process(&s->footprint, &s->image, &t->maps, &s->symbols, &s->zone_arena, s->pid);
	return 0;
}

/* Its private memory, from where that does not change: the process that stands still, or a clone of it. Returns 0, or -1 with errno. */
static int read_memory(struct taking *t, pid_t from)
{
	struct snapshot *s = t->s;

	cycle_read(&s->cycle, &s->symbols, from);
	event_loop_read(&s->event_loop, &s->symbols, from);
	if (image_copy(&s->image, &t->maps, from) != 0)
		return -1;
	kept_put(&t->kept, &s->image);
	watchdog_arm(&t->dog);
	return t->o->heap_only ? 0 : footprint_read_memory(&s->footprint, &s->image, &t->kept, from);
}

/* The process stands still. */
static int make_clone(struct taking *t, struct error *e)
{
	struct areas own = {0}, *areas = t->o->heap_only ? &own : &t->s->footprint.areas;
	int result = 0;

	if ((t->o->heap_only && areas_read(&own, t->s->pid) != 0) || kept_read(&t->kept, areas, t->s->pid) != 0)
		result = could_not(t, e);
	if (result == 0)
		result = clone_make(&t->clone, areas, &t->dog, e);
	areas_free(&own);
	return result;
}

static int read_clone(struct taking *t, struct error *e)
{
	t->s->cloned = true;
	t->s->image.deadline_ns = 0;	/* the worker runs */
	if (read_memory(t, t->clone.pid) == 0)
		return 0;
	return error_set(e, EXIT_CANNOT_READ, "the clone of process %d could not be read to its end: %s. The kernel ends it first where memory runs out",
			 (int)t->s->pid, strerror(errno));
}

/* From the moment at which it stands still on. */
static int take_frozen(struct taking *t, struct frozen *frozen, struct error *e)
{
	const int most_ms = t->o->max_pause_ms;
	int result = read_process(t, most_ms ? frozen->since_ns + (uint64_t)most_ms * 1000000u : 0, e);

	if (result == 0 && t->o->fork)
		result = make_clone(t, e);
	else if (result == 0 && read_memory(t, t->s->pid) != 0)
		result = could_not(t, e);
	freeze_release(frozen);
	t->s->ran_on = frozen->ran_on;
	t->s->pause_ns = frozen->pause_ns;
	if (result == 0 && t->o->fork)
		result = read_clone(t, e);
	t->s->pause_ns += clone_end(&t->clone, t->o->timeout_ms, &t->dog);
	t->s->zombie = t->clone.pid;
	watchdog_disarm(&t->dog);	/* the worker runs: what follows may take its time */
	if (t->o->heap_only)
		t->s->rss = process_rss(t->s->pid);
	maps_free(&t->maps);
	kept_free(&t->kept);
	return result;
}

/* What the copy takes, and a fifth more for its marking, and what is copied of shared zones. */
static int check_room(const struct taking *t, const struct maps *maps, struct error *e)
{
	const pid_t pid = t->s->pid;
	const uint64_t bytes = image_takes(maps, pid), zones = t->o->heap_only ? 0 : process_shared(pid);

	return room_check_copy("", pid, bytes + bytes / 5 + (zones < ZONE_COPY_MOST ? zones : ZONE_COPY_MOST), e);
}

/* Before it stands still: names, and memory for the copy. */
static int prepare(struct taking *t, const struct maps *maps, struct error *e)
{
	struct snapshot *s = t->s;

	if ((t->o->fork ? clone_prepare(&t->clone, s->pid, e) : check_room(t, maps, e)) != 0)
		return -1;
	if (symbols_read(&s->symbols, maps, s->pid) != 0 || image_reserve(&s->image, maps, s->pid) != 0)
		return error_set(e, EXIT_CANNOT_READ, "no memory for a copy of process %d", (int)s->pid);
	if (!t->o->heap_only)
		zones_reserve(&s->zone_arena, &s->symbols, maps, s->pid);
	s->http_lua = cycle_lua_state(&s->symbols, s->pid, "http");
	s->stream_lua = cycle_lua_state(&s->symbols, s->pid, "stream");
	return 0;
}

int snapshot_take(struct snapshot *s, pid_t pid, const struct options *o, struct error *e)
{
	struct taking t = {.s = s, .o = o};
	struct frozen frozen;
	struct maps maps;
	const uint64_t began = clock_monotonic_ns();
	int result = -1;

	memset(s, 0, sizeof(*s));
	s->pid = pid;
	if (require_nginx(pid, o, e) != 0)
		return -1;
	if (check_pause(pid, o, e) != 0)
		return -1;
	if (maps_read(pid, &maps) != 0)
		return cannot_read(pid, e);
	if (require_64_bit(pid, &maps, e) != 0) {
		maps_free(&maps);
		return -1;
	}
	/* Before the image is mapped: a fork after that would make every page of it copy-on-write. */
	if (watchdog_start(&t.dog) != 0) {
		maps_free(&maps);
		return error_set(e, EXIT_CANNOT_READ, "cannot start the watchdog: %s", strerror(errno));
	}
	if (prepare(&t, &maps, e) == 0) {
		watchdog_arm(&t.dog);
		s->prepare_ns = clock_monotonic_ns() - began;
		if (freeze_begin(&frozen, pid, o->timeout_ms, o->any_process, &t.dog, e) == 0) {
			watchdog_arm(&t.dog);
			result = take_frozen(&t, &frozen, e);
		}
		watchdog_disarm(&t.dog);
	}
	maps_free(&maps);
	watchdog_stop(&t.dog);
	return result;
}

void snapshot_free(struct snapshot *s)
{
	footprint_free(&s->footprint);
	zone_arena_free(&s->zone_arena);
	image_free(&s->image);
	symbols_free(&s->symbols);
}

/* -- Without a freeze ---------------------------------------------------- */

int snapshot_estimate(pid_t pid, const struct options *o, struct estimate *to, struct error *e)
{
	if (require_nginx(pid, o, e) != 0)
		return -1;
	return estimate_pause(to, pid, o->heap_only, o->fork) == 0 ? 0 : cannot_read(pid, e);
}

int snapshot_counters(pid_t pid, struct counters *c, struct error *e)
{
	const struct options nginx_only = {0};
	struct symbols symbols;
	struct maps maps;

	if (require_nginx(pid, &nginx_only, e) != 0)
		return -1;
	if (maps_read(pid, &maps) != 0)
		return cannot_read(pid, e);
	if (symbols_read(&symbols, &maps, pid) != 0) {
		maps_free(&maps);
		return error_set(e, EXIT_CANNOT_READ, "out of memory");
	}
	counters_read(c, &symbols, pid);
	symbols_free(&symbols);
	maps_free(&maps);
	return 0;
}
