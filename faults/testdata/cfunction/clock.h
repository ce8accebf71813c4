int start_clock(int microseconds);
int ticks(void);
int start_thread(void);
void nap(void);
