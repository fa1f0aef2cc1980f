/*
** Plants blocks that are held and blocks that are lost, each kind of a size of its own, and leaves free ones in every bin.
** As a library: plant(). As a program, built with -fsanitize=leak: LeakSanitizer says at the end what it finds lost.
*/
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* lost */
	LIST = 200, RING = 232, TREE = 264, BY_THREAD = 328, BY_FREED = 392, BY_ITSELF = 456, LARGE = 300000,
	/* held */
	HELD_LIST = 488, HELD_INSIDE = 520, HELD_BY_LARGE = 552, HELD_BY_STACK = 584, HELD_BY_TLS = 616, HELD_RING = 648,
	HELD_BY_END = 24,		/* the whole of its block: a link in its last word is where the next block's header begins */
};

struct link {
	struct link *next;
};

static struct link *held_list, *held_ring;
static char *held_inside;
static void **held_large;
static uintptr_t *held_by_end;
static __thread void *held_by_tls;
static sem_t planted;

static struct link *make_list(size_t size, int count, struct link *rest)
{
	while (count-- > 0) {
		struct link *l = memset(malloc(size), 0, size);

		l->next = rest;
		rest = l;
	}
	return rest;
}

static struct link *make_ring(size_t size, int count)
{
	struct link *last = make_list(size, 1, NULL);

	return last->next = make_list(size, count - 1, last);
}

/* Two children each, by addresses in their middle. */
static char **make_tree(int depth)
{
	char **node = memset(malloc(TREE), 0, TREE);

	for (int i = 0; i < 2 && depth > 1; i++)
		node[10 + i] = (char *)make_tree(depth - 1) + 48;
	return node;
}

/* Each link is the last word of its block, and leads to that of the next. */
static void make_ends(int count)
{
	while (count-- > 0) {
		uintptr_t *block = malloc(HELD_BY_END);

		block[0] = block[1] = 0;
		block[2] = (uintptr_t)held_by_end;
		held_by_end = block + 2;
	}
}

static void *wait_for_ever(void *unused)
{
	void *volatile on_stack = malloc(HELD_BY_STACK);
	sem_t never;

	held_by_tls = malloc(HELD_BY_TLS);
	for (int i = 0; i < 40; i++)
		memset(malloc(BY_THREAD), 0, BY_THREAD);
	for (int i = 0; i < 5; i++)
		free(malloc(BY_THREAD));
	sem_post(&planted);
	sem_init(&never, 0, 0);
	sem_wait(&never);
	free(on_stack);
	return unused;
}

static void lose_by_freeing(int count)
{
	while (count-- > 0) {
		void **holder = malloc(BY_FREED + 320);

		*holder = memset(malloc(BY_FREED), 0, BY_FREED);
		free(holder);
	}
}

/* Of each size more than a thread's cache takes, with blocks between them that stay, so that they do not grow together. */
static void fill_bins(void)
{
	void *blocks[64][12];

	for (int i = 0; i < 64; i++)
		for (int k = 0; k < 12; k++) {
			blocks[i][k] = malloc(16 + 100 * (size_t)i);
			held_list = make_list(HELD_LIST, 1, held_list);
		}
	for (int i = 0; i < 64; i++)
		for (int k = 0; k < 12; k++)
			free(blocks[i][k]);
	free(malloc(100000));	/* sorts what was freed into its bins */
	for (int k = 0; k < 12; k++)
		blocks[0][k] = malloc(700);
	for (int k = 0; k < 12; k++)
		free(blocks[0][k]);
}

/*
** Free memory from the program's start has been here before, and old addresses lead into it: what hides a block now and
** then. Take all of it first.
*/
static void fill_holes(void)
{
	for (int i = 0; i < 1000; i++)
		for (size_t size = 24; size < 1000; size += 16)
			held_list = make_list(size, 1, held_list);
}

static void plant_here(void)
{
	struct link *self = make_list(BY_ITSELF, 1, NULL);

	self->next = self;
	make_list(LIST, 50, NULL);
	make_ring(RING, 3);
	make_tree(4);
	memset(malloc(LARGE), 0, LARGE);
	lose_by_freeing(9);
	held_list = make_list(HELD_LIST, 50, held_list);
	held_ring = make_ring(HELD_RING, 3);
	held_inside = (char *)malloc(HELD_INSIDE) + 100;
	held_large = calloc(50000, sizeof(void *));
	held_large[40000] = malloc(HELD_BY_LARGE);
	make_ends(500);
	fill_bins();
}

/* What it left on the stack is written over. */
static void wipe(void)
{
	volatile char room[65536];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

void plant(void)
{
	pthread_t thread;

	sem_init(&planted, 0, 0);
	fill_holes();
	pthread_create(&thread, NULL, wait_for_ever, NULL);
	sem_wait(&planted);
	plant_here();
	wipe();
}

#ifdef PROGRAM
int main(void)
{
	plant();
	return 0;
}
#endif
