/* Whether there is room for a clone, by files that a test made up: `room ROOT PID BYTES`. Prints why not, or nothing. */
#include "freeze/room.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct error e;

	if (argc != 4)
		return 2;
	if (room_check(argv[1], (pid_t)atoi(argv[2]), strtoull(argv[3], NULL, 10), &e) != 0)
		puts(e.text);
	return 0;
}
