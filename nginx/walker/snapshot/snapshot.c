/* Taking a snapshot: all that needs the process, stopped or not. */
#define _GNU_SOURCE
#include "snapshot/snapshot.h"
#include "freeze/freeze.h"
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
	if (estimate_pause(&estimate, pid, o->heap_only) != 0)
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

/* Everything that needs the worker to stand still. */
static int copy_frozen(struct snapshot *s, struct watchdog *dog, bool heap_only, uint64_t deadline_ns, struct error *e)
{
	struct maps maps;
	int result;

	if (maps_read(s->pid, &maps) != 0)
		return cannot_read(s->pid, e);
	s->taken_ms = clock_unix_ms();
	s->image.deadline_ns = deadline_ns;
	s->image.alive = sign_of_life;
	s->image.alive_context = dog;
	counters_read(&s->counters, &s->symbols, s->pid);
	cycle_read(&s->cycle, &s->symbols, s->pid);
	event_loop_read(&s->event_loop, &s->symbols, s->pid);
	result = image_copy(&s->image, &maps, s->pid);
	watchdog_arm(dog);
	if (result == 0 && !heap_only)
		result = footprint_read(&s->footprint, &s->image, &maps, &s->symbols, &s->zone_arena, s->pid);
	if (result != 0 && errno == ETIME)
		error_set(e, EXIT_NOT_EXACT, "given up: process %d would have been stopped for longer than is allowed. Nothing was read", (int)s->pid);
	else if (result != 0)
		cannot_read(s->pid, e);
	maps_free(&maps);
	return result;
}

int snapshot_take(struct snapshot *s, pid_t pid, const struct options *o, struct error *e)
{
	struct watchdog dog;
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
	if (watchdog_start(&dog) != 0) {
		maps_free(&maps);
		return error_set(e, EXIT_CANNOT_READ, "cannot start the watchdog: %s", strerror(errno));
	}
	if (symbols_read(&s->symbols, &maps, pid) != 0 || image_reserve(&s->image, &maps, pid) != 0) {
		error_set(e, EXIT_CANNOT_READ, "no memory for a copy of process %d", (int)pid);
		maps_free(&maps);
		watchdog_stop(&dog);
		return -1;
	}
	if (!o->heap_only)
		zones_reserve(&s->zone_arena, &s->symbols, &maps, pid);
	maps_free(&maps);
	s->http_lua = cycle_lua_state(&s->symbols, pid, "http");
	s->stream_lua = cycle_lua_state(&s->symbols, pid, "stream");
	watchdog_arm(&dog);
	s->prepare_ns = clock_monotonic_ns() - began;
	if (freeze_begin(&frozen, pid, o->timeout_ms, o->any_process, &dog, e) == 0) {
		watchdog_arm(&dog);
		result = copy_frozen(s, &dog, o->heap_only,
				     o->max_pause_ms ? frozen.since_ns + (uint64_t)o->max_pause_ms * 1000000u : 0, e);
		freeze_release(&frozen);
		watchdog_disarm(&dog);	/* the worker runs: what follows may take its time */
		s->ran_on = frozen.ran_on;
		s->pause_ns = frozen.pause_ns;
		s->rss = process_rss(pid);
	}
	watchdog_stop(&dog);
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
	return estimate_pause(to, pid, o->heap_only) == 0 ? 0 : cannot_read(pid, e);
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
