#define _GNU_SOURCE
#include "snapshot.h"
#include "connections.h"
#include "freeze.h"
#include "outfile.h"
#include "process.h"
#include "saved.h"
#include "watchdog.h"
#include "write.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ATTEMPTS = 12, RETRY_NS = 3000000 };

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
	if (o->any_process || p.is_nginx || strstr(p.title, "nginx") || strstr(p.title, "openresty"))
		return 0;
	return error_set(e, EXIT_CANNOT_READ, "process %d is not nginx: its command line is '%.80s'", (int)pid, p.title);
}

static uint64_t unix_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
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
	if (estimate_pause(&estimate, pid) != 0)
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
	s->taken_ms = unix_ms();
	s->image.deadline_ns = deadline_ns;
	s->image.alive = sign_of_life;
	s->image.alive_context = dog;
	nginx_counters(&s->counters, &s->symbols, s->pid);
	nginx_cycle(&s->cycle, &s->symbols, s->pid);
	result = image_copy(&s->image, &maps, s->pid);
	watchdog_arm(dog);
	if (result == 0 && !heap_only)
		result = footprint_read(&s->footprint, &s->image, &maps, &s->symbols, s->pid);
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
	const uint64_t began = now_ns();
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
	maps_free(&maps);
	s->http_lua = nginx_lua_state(&s->symbols, pid, "http");
	s->stream_lua = nginx_lua_state(&s->symbols, pid, "stream");
	watchdog_arm(&dog);
	s->prepare_ns = now_ns() - began;
	if (freeze(&frozen, pid, o->timeout_ms, o->any_process, e) == 0) {
		watchdog_arm(&dog);
		result = copy_frozen(s, &dog, o->heap_only,
				     o->max_pause_ms ? frozen.since_ns + (uint64_t)o->max_pause_ms * 1000000u : 0, e);
		freeze_release(&frozen);
		s->ran_on = frozen.ran_on;
		s->pause_ns = frozen.pause_ns;
		s->rss = process_rss(pid);
	}
	watchdog_disarm(&dog);
	watchdog_stop(&dog);
	return result;
}

void snapshot_free(struct snapshot *s)
{
	footprint_free(&s->footprint);
	image_free(&s->image);
	symbols_free(&s->symbols);
}

/* -- Writing ------------------------------------------------------------- */

static size_t name_address(void *context, uint64_t address, char *to, size_t room)
{
	return symbols_name(context, address, to, room);
}

static unsigned label_rank(const struct snapshot *s, const struct vm *vm)
{
	return vm->L.a == s->http_lua ? 0 : vm->L.a == s->stream_lua ? 1 : 2;
}

static void label_vms(const struct snapshot *s, struct vm_list *vms)
{
	int other = 0;

	for (size_t i = 1; i < vms->count; i++) {	/* few: insertion keeps the order by address */
		struct vm vm = vms->list[i];
		size_t k = i;

		for (; k > 0 && label_rank(s, &vms->list[k - 1]) > label_rank(s, &vm); k--)
			vms->list[k] = vms->list[k - 1];
		vms->list[k] = vm;
	}
	for (size_t i = 0; i < vms->count; i++) {
		struct vm *vm = &vms->list[i];
		unsigned rank = label_rank(s, vm);

		if (rank == 2)
			snprintf(vm->label, sizeof(vm->label), "vm%d", ++other);
		else
			snprintf(vm->label, sizeof(vm->label), "%s", rank == 0 ? "http" : "stream");
	}
}

static int refuse(const struct snapshot *s, const struct vm_list *found, const struct vm_list *refused, struct error *e)
{
	const struct vm *vm;

	if (refused->count == 0)
		return found->count ? 0 : error_set(e, EXIT_UNKNOWN_BUILD, "process %d has no LuaJIT heap", (int)s->pid);
	vm = &refused->list[0];
	if (vm->layout)
		return error_set(e, EXIT_NOT_EXACT, "the heap of process %d is not exact after %d tries (%s)", (int)s->pid, s->attempts,
				 vm->error);
	return error_set(e, EXIT_UNKNOWN_BUILD,
			 "process %d runs a LuaJIT build that is in no row of layout.c (%s). CONTRIBUTING.md says how to add it", (int)s->pid,
			 vm->error);
}

/* A saved image has no mappings to weigh: of its process only the resident set is known. */
static bool write_process(struct snapshot *s, FILE *out, const struct vm_share *shares, size_t count)
{
	if (s->footprint.known)
		return footprint_write(out, &s->footprint, &s->image, shares, count);
	fprintf(out, "\"rss\":%llu", s->rss);
	return true;
}

static void write_connections(const struct snapshot *s, FILE *out)
{
	struct connections c;

	connections_read(&c, &s->image, &s->cycle);
	connections_json(out, &c);
	connections_free(&c);
}

int snapshot_write(struct snapshot *s, FILE *out, struct error *e)
{
	struct vm_list found = {0}, refused = {0};
	uint64_t began = now_ns(), find_ns, mark_ns = 0, write_ns = 0;
	struct vm_share *shares = NULL;
	int result = -1;

	if (vm_find(&s->image, &found, &refused) != 0) {
		error_set(e, EXIT_CANNOT_READ, "out of memory");
		goto done;
	}
	if (refuse(s, &found, &refused, e) != 0)
		goto done;
	find_ns = now_ns() - began;
	label_vms(s, &found);
	shares = calloc(found.count, sizeof(*shares));
	if (!shares) {
		error_set(e, EXIT_CANNOT_READ, "out of memory");
		goto done;
	}
	fprintf(out,
		"{\"format\":\"" HEAP_FORMAT "\",\"heapwalk\":\"" HEAPWALK_VERSION "\",\"pid\":%d,\"takenAtMs\":%" PRIu64 ",\n"
		"\"freeze\":{\"how\":\"%s\",\"pauseUs\":%" PRIu64 ",\"attempts\":%d,\"copiedBytes\":%" PRIu64 "},\n"
		"\"nginx\":",
		(int)s->pid, s->taken_ms, s->ran_on ? "ran-on" : "parked", s->pause_ns / 1000, s->attempts, s->image.copied);
	nginx_counters_json(out, &s->counters);
	fputs(",\n\"connections\":", out);
	write_connections(s, out);
	fputs(",\n\"vms\":[\n", out);
	for (size_t i = 0; i < found.count; i++) {
		struct marking marking = {.want_retained = s->retained};
		bool ok;

		began = now_ns();
		ok = vm_mark(&found.list[i], &marking, name_address, &s->symbols);
		mark_ns += now_ns() - began;
		began = now_ns();
		if (i > 0)
			fputs(",\n", out);
		if (ok)
			ok = write_vm(out, &found.list[i], &marking);
		if (!ok)
			error_set(e, EXIT_NOT_EXACT, "the heap of process %d can't be followed: %s", (int)s->pid,
				  found.list[i].error[0] ? found.list[i].error : "out of memory");
		shares[i].vm = &found.list[i];
		shares[i].fixed = marking.fixed;
		memcpy(shares[i].reachable, marking.reachable, sizeof(shares[i].reachable));
		marking_free(&marking);
		write_ns += now_ns() - began;
		if (!ok)
			goto done;
	}
	fprintf(out, "],\n\"timesUs\":{\"prepare\":%" PRIu64 ",\"pause\":%" PRIu64 ",\"find\":%" PRIu64 ",\"mark\":%" PRIu64 ",\"write\":%" PRIu64 "}", s->prepare_ns / 1000,
		s->pause_ns / 1000, find_ns / 1000, mark_ns / 1000, write_ns / 1000);
	fputs(",\n\"process\":{", out);
	if (!write_process(s, out, shares, found.count)) {
		error_set(e, EXIT_CANNOT_READ, "out of memory");
		goto done;
	}
	fputs("},\n\"end\":\"" HEAP_FORMAT "\"}\n", out);
	result = 0;
done:
	free(shares);
	vm_list_free(&found);
	vm_list_free(&refused);
	return result;
}

static int write_file(struct snapshot *s, const char *file, struct error *e)
{
	struct outfile out;

	if (outfile_open(&out, file, e) != 0)
		return -1;
	return outfile_close(&out, snapshot_write(s, out.stream, e), e);
}

/* To stdout only what is whole: a reader of a pipe sees all or nothing. */
static int write_stdout(struct snapshot *s, const char *file, struct error *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int result;

	(void)file;
	if (!out)
		return error_set(e, EXIT_CANNOT_READ, "out of memory");
	result = snapshot_write(s, out, e);
	if (fclose(out) != 0 && result == 0)
		result = error_set(e, EXIT_CANNOT_READ, "out of memory");
	if (result == 0 && (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0))
		result = error_set(e, EXIT_USAGE, "cannot write to stdout: %s", strerror(errno));
	free(text);
	return result;
}

int snapshot_write_to(struct snapshot *s, const char *file, struct error *e)
{
	return file ? write_file(s, file, e) : write_stdout(s, file, e);
}

/* In a child, which tells its error through a pipe. */
static int write_in_child(struct snapshot *s, const char *file, struct error *e)
{
	int told[2], alone[2], status, result;
	pid_t pid;
	char mark;

	if (pipe2(told, O_CLOEXEC) != 0 || pipe2(alone, O_CLOEXEC) != 0)
		return error_set(e, EXIT_CANNOT_READ, "no pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(alone[1]);
		if (read(alone[0], &mark, 1) != 0)	/* closed once the image is this process's alone, and no page needs copying */
			_exit(1);
		result = write_file(s, file, e);
		if (result != 0 && write(told[1], e, sizeof(*e)) != sizeof(*e))
			_exit(1);
		_exit(result == 0 ? 0 : 1);
	}
	close(told[1]);
	close(alone[0]);
	image_free(&s->image);
	close(alone[1]);
	if (pid < 0 || read(told[0], e, sizeof(*e)) != sizeof(*e))
		error_set(e, EXIT_NOT_EXACT, "the heap of process %d could not be read to its end", (int)s->pid);
	close(told[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

typedef int (*write_fn)(struct snapshot *s, const char *file, struct error *e);

static int snapshot_retrying(pid_t pid, const struct options *o, const char *file, write_fn write, struct error *e)
{
	for (int attempt = 1;; attempt++) {
		const struct timespec nap = {0, RETRY_NS};
		struct snapshot s;
		int result = snapshot_take(&s, pid, o, e);
		bool again = result == 0;	/* what could not be taken won't be next time */

		s.attempts = attempt;
		s.retained = o->retained;
		if (result == 0 && o->save_image)
			result = saved_write(&s, o->save_image, e);
		if (result == 0)
			result = write(&s, file, e);
		snapshot_free(&s);
		/* A refused layout may be a heap caught at a bad moment: only the last try decides. */
		again = again && (e->code == EXIT_NOT_EXACT ? attempt < MAX_ATTEMPTS : e->code == EXIT_UNKNOWN_BUILD && attempt < 3);
		if (result == 0 || !again)
			return result;
		nanosleep(&nap, NULL);
	}
}

int snapshot_to_file(pid_t pid, const struct options *o, const char *file, struct error *e)
{
	return snapshot_retrying(pid, o, file, snapshot_write_to, e);
}

int snapshot_to_file_isolated(pid_t pid, const struct options *o, const char *file, struct error *e)
{
	return snapshot_retrying(pid, o, file, write_in_child, e);
}

int snapshot_estimate(pid_t pid, const struct options *o, struct estimate *to, struct error *e)
{
	if (require_nginx(pid, o, e) != 0)
		return -1;
	return estimate_pause(to, pid) == 0 ? 0 : cannot_read(pid, e);
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
	nginx_counters(c, &symbols, pid);
	symbols_free(&symbols);
	maps_free(&maps);
	return 0;
}
