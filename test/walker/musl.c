/*
** Lists the blocks of a program that was built with musl, and holds them against the program's own list.
** As the program, built with -DPROGRAM by musl's compiler: takes and frees blocks of all sizes at random, tells which it has, and stops.
** As the reader: musl PROGRAM.
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>

struct held {
	unsigned char *at;
	uint64_t size;
};

enum { MOST = 20000, STEPS = 60000, NFREED = 500, ROUNDS = 3 };

#ifdef PROGRAM

static struct held held[MOST], freed[NFREED];	/* not in malloc's memory */
static uint64_t count, nfreed, state = 88172645463325252u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Mostly small, as programs do; now and then as large as has a mapping of its own. */
static size_t random_size(void)
{
	switch (next_random() % 64) {
	case 0: return next_random() % 600000;
	case 1: case 2: case 3: return next_random() % 20000;
	case 4: return 0;
	default: return next_random() % 400;
	}
}

/* Words that mean nothing, so that the reader must take all from musl's lists. */
static unsigned char *fill(unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)next_random();
	return p;
}

static void take(void)
{
	const size_t size = random_size();

	if (count == MOST)
		return;
	if (next_random() % 8 == 0) {
		const size_t alignment = (size_t)16 << next_random() % 10;

		held[count] = (struct held){fill(aligned_alloc(alignment, size), size), size};
	} else {
		held[count] = (struct held){fill(malloc(size), size), size};
	}
	count++;
}

static void resize(struct held *h)
{
	h->size = random_size();
	h->at = fill(realloc(h->at, h->size + (h->size == 0)), h->size);
	h->size += h->size == 0;
}

static struct held drop(void)
{
	const uint64_t i = next_random() % count;
	const struct held h = held[i];

	held[i] = held[--count];
	free(h.at);
	return h;
}

static void tell(const void *from, size_t size)
{
	for (size_t done = 0; done < size;) {
		const ssize_t n = write(1, (const char *)from + done, size - done);

		if (n < 0)
			_exit(1);
		done += (size_t)n;
	}
}

static void stop(void)
{
	tell(&count, sizeof(count));
	tell(held, count * sizeof(*held));
	tell(&nfreed, sizeof(nfreed));
	tell(freed, nfreed * sizeof(*freed));
	raise(SIGSTOP);
}

/* More is taken than freed, then less: groups fill, stay half empty and go. */
int main(void)
{
	take();
	stop();
	for (int round = 0; round < ROUNDS; round++) {
		const unsigned taken_of_8 = round == 1 ? 3 : 5;

		for (int i = 0; i < STEPS / ROUNDS; i++) {
			if (count == 0 || next_random() % 8 < taken_of_8)
				take();
			else if (next_random() % 4 == 0)
				resize(&held[next_random() % count]);
			else
				drop();
		}
		for (nfreed = 0; nfreed < NFREED && count > 0; nfreed++)
			freed[nfreed] = drop();
		stop();
	}
	return 0;
}

#else

#include "malloc/musl.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#define CHECK(what) ((what) ? (void)0 : fail(#what, __LINE__))

struct list {
	struct held *held;
	uint64_t count;
};

/* What was read of the process at one of its stops. */
struct scene {
	struct maps maps;
	struct image image;
	struct areas areas;
	struct pages pages;
	struct zero_data_list zero_data;
	struct roots roots;
	struct claims claims;
	struct blocks blocks;
	struct musl musl;
};

static void fail(const char *what, int line)
{
	fprintf(stderr, "line %d: %s is not so\n", line, what);
	exit(1);
}

static void read_all(int from, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		const ssize_t n = read(from, (char *)to + done, size - done);

		CHECK(n > 0);
		done += (size_t)n;
	}
}

static struct list read_list(int from)
{
	struct list l;

	read_all(from, &l.count, sizeof(l.count));
	l.held = calloc(l.count + 1, sizeof(*l.held));
	CHECK(l.held);
	read_all(from, l.held, l.count * sizeof(*l.held));
	return l;
}

static void look(struct scene *s, pid_t pid)
{
	const struct musl_memory memory = {&s->image, &s->roots, &s->zero_data, &s->claims};

	memset(s, 0, sizeof(*s));
	CHECK(maps_read(pid, &s->maps) == 0 && image_reserve(&s->image, &s->maps, pid) == 0 && image_copy(&s->image, &s->maps, pid) == 0);
	CHECK(image_index(&s->image) == 0 && areas_read(&s->areas, pid) == 0 && pages_read(&s->pages, &s->image, pid) == 0);
	zero_data_read(&s->zero_data, &s->areas, pid);
	roots_read_threads(&s->roots, pid);
	roots_read_memory(&s->roots, &s->areas, pid);
	CHECK(!s->roots.failed);
	s->claims = (struct claims){.pages = &s->pages, .areas = &s->areas};
	s->blocks.im = &s->image;
	musl_walk(&s->musl, &memory, &s->blocks);
	CHECK(s->musl.known && blocks_settle(&s->blocks));
	CHECK(s->musl.totals.used == s->blocks.bytes);
}

static void forget(struct scene *s)
{
	blocks_free(&s->blocks);
	free(s->claims.list);
	roots_free(&s->roots);
	zero_data_free(&s->zero_data);
	pages_free(&s->pages);
	areas_free(&s->areas);
	image_free(&s->image);
	maps_free(&s->maps);
}

/* Every byte of what was asked for is in its block, and so is the address after the last. */
static void check_held(struct blocks *b, const struct held *h)
{
	const uint64_t at = (uintptr_t)h->at;
	uint64_t begin, size;
	struct block k, same;

	CHECK(block_at(b, at, &k));
	CHECK(!block_marked(&k));
	block_bytes(&k, &begin, &size);
	CHECK(begin == at);
	CHECK(size == h->size);
	CHECK(block_at(b, at + h->size / 2, &same) && same.start == k.start);
	CHECK(block_at(b, at + h->size, &same) && same.start == k.start);
	CHECK(block_named(b, at + h->size, 0, &same));
	block_mark(&k);
	CHECK(block_marked(&k));
}

/* Those of the program are marked by now: what is left is libc's own. */
static uint64_t count_unmarked(struct blocks *b)
{
	uint64_t count = 0;

	for (size_t i = 0; i < b->nspans; i++) {
		struct block k;

		for (uint64_t next = 0; block_unmarked(&b->spans[i], next, &k); next = k.start + 1)
			count++;
	}
	return count;
}

static uint64_t check(pid_t pid, int from, uint64_t *of_libc)
{
	const struct list held = read_list(from), freed = read_list(from);
	struct scene s;
	struct block k;
	int status;

	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	look(&s, pid);
	for (uint64_t i = 0; i < held.count; i++)
		check_held(&s.blocks, &held.held[i]);
	for (uint64_t i = 0; i < freed.count; i++)
		CHECK(!block_at(&s.blocks, (uintptr_t)freed.held[i].at, &k));
	*of_libc = count_unmarked(&s.blocks);
	CHECK(s.blocks.count == held.count + *of_libc);
	forget(&s);
	free(held.held);
	free(freed.held);
	return held.count;
}

int main(int argc, char **argv)
{
	int told[2], status;
	uint64_t at_first, of_libc;
	pid_t pid;

	CHECK(argc == 2 && pipe(told) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(told[1], 1);
		close(told[0]);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(argv[1], argv[1], (char *)NULL);
		_exit(127);
	}
	close(told[1]);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	CHECK(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_EXITKILL) == 0);
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	CHECK(check(pid, told[0], &at_first) == 1);
	for (int round = 0; round < ROUNDS; round++) {
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		CHECK(check(pid, told[0], &of_libc) > 1000);
		CHECK(of_libc == at_first);
	}
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	printf("%d rounds are as the program says\n", ROUNDS);
	return 0;
}

#endif
