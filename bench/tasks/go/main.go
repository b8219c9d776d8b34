// The workloads of dev/bench tasks on Go's scheduler. Usage: tasks WORKLOAD RUNS; prints the median of
// nanoseconds per operation, after one run that is not counted. The workload idle waits until its input ends.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"time"
)

func main() {
	workloads := map[string]func() float64{
		"switch": func() float64 { return pingPong(500_000, false, false) },
		"spawn":  spawn, "skynet": skynet, "handoff": handoff,
		"locked-unlocked": func() float64 { return pingPong(30_000, true, false) },
		"locked-locked":   func() float64 { return pingPong(30_000, true, true) },
		"exit-locked":     exitLocked, "echo": echo,
	}
	name := os.Args[1]
	if name == "idle" {
		idle()
		return
	}
	var count int
	if n, _ := fmt.Sscanf(name, "stacks-%d", &count); n == 1 {
		stacks(count)
		return
	}
	if n, _ := fmt.Sscanf(name, "loops-%d", &count); n == 1 {
		behindLoops(count)
		return
	}
	workload, known := workloads[name]
	runs, err := strconv.Atoi(os.Args[2])
	if !known || err != nil || runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: tasks WORKLOAD RUNS; unknown workload or number", os.Args[1:])
		os.Exit(2)
	}
	workload()
	counted := make([]float64, runs)
	for i := range counted {
		counted[i] = workload()
	}
	sort.Float64s(counted)
	fmt.Printf("%s\t%.1f\n", name, counted[runs/2])
}

// idle has goroutines that worked and now wait.
func idle() {
	const goroutines = 100
	over := make(chan struct{})
	var begun sync.WaitGroup
	begun.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		go func() {
			time.Sleep(time.Millisecond)
			begun.Done()
			<-over
		}()
	}
	begun.Wait()
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	close(over)
}

// stacks: all stacks of so many goroutines that wait, as text, the first time and warm.
func stacks(count int) {
	over := make(chan struct{})
	var begun sync.WaitGroup
	begun.Add(count)
	for i := 0; i < count; i++ {
		go waitBelow(10, &begun, over)
	}
	begun.Wait()
	time.Sleep(10 * time.Millisecond)
	buffer := make([]byte, count*2048+1<<20)
	asked := time.Now()
	if runtime.Stack(buffer, true) == len(buffer) {
		panic("the buffer is too small")
	}
	first := time.Since(asked)
	warm := make([]float64, 10)
	for i := range warm {
		asked = time.Now()
		runtime.Stack(buffer, true)
		warm[i] = float64(time.Since(asked).Nanoseconds())
	}
	sort.Float64s(warm)
	name := "stacks of " + thousands(count) + " tasks"
	fmt.Printf("%s, first\t%d\n%s, warm\t%.0f\n", name, first.Nanoseconds(), name, warm[5])
	close(over)
}

func thousands(count int) string {
	return fmt.Sprintf("%d,%03d", count/1000, count%1000)
}

func waitBelow(depth int, begun *sync.WaitGroup, over chan struct{}) int {
	if depth == 0 {
		begun.Done()
		<-over
		return 0
	}
	return 1 + waitBelow(depth-1, begun, over)
}

// behindLoops: how long a new goroutine waits behind so many that compute and call nothing.
func behindLoops(count int) {
	for i := 0; i < count; i++ {
		go func() {
			for {
			}
		}()
	}
	for _, name := range []string{"a new task", "another one"} {
		asked := time.Now()
		runs := make(chan struct{})
		go close(runs)
		<-runs
		fmt.Printf("%s behind %d loops\t%d\n", name, count, time.Since(asked).Nanoseconds())
	}
}

func perOperation(begun time.Time, operations int) float64 {
	return float64(time.Since(begun).Nanoseconds()) / float64(operations)
}

// pingPong: two goroutines take turns; an operation is one switch.
func pingPong(rounds int, lockOne, lockOther bool) float64 {
	there, back := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	begun := time.Now()
	go func() {
		if lockOther {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		for i := 0; i < rounds; i++ {
			<-there
			back <- struct{}{}
		}
	}()
	go func() {
		if lockOne {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		for i := 0; i < rounds; i++ {
			there <- struct{}{}
			<-back
		}
		close(done)
	}()
	<-done
	return perOperation(begun, 2*rounds)
}

func spawn() float64 {
	const tasks = 1_000_000
	var group sync.WaitGroup
	group.Add(tasks)
	begun := time.Now()
	for i := 0; i < tasks; i++ {
		go group.Done()
	}
	group.Wait()
	return perOperation(begun, tasks)
}

// skynet: a tree of goroutines, ten to a node, a million leaves; the sum comes back up.
func skynet() float64 {
	const leaves = 1_000_000
	begun := time.Now()
	result := make(chan int64)
	go node(result, 0, leaves)
	if sum := <-result; sum != int64(leaves)*(leaves-1)/2 {
		panic(fmt.Sprint("wrong sum ", sum))
	}
	return perOperation(begun, leaves)
}

func node(result chan int64, number, size int) {
	if size == 1 {
		result <- int64(number)
		return
	}
	children := make(chan int64, 10)
	for i := 0; i < 10; i++ {
		go node(children, number+i*(size/10), size/10)
	}
	var sum int64
	for i := 0; i < 10; i++ {
		sum += <-children
	}
	result <- sum
}

func handoff() float64 {
	const elements = 1_000_000
	channel := make(chan int)
	begun := time.Now()
	go func() {
		for i := 0; i < elements; i++ {
			channel <- i
		}
		close(channel)
	}()
	for range channel {
	}
	return perOperation(begun, elements)
}

func exitLocked() float64 {
	const tasks = 2_000
	begun := time.Now()
	for i := 0; i < tasks; i++ {
		done := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(done)
		}()
		<-done
	}
	return perOperation(begun, tasks)
}

func echo() float64 {
	const connections, rounds = 50, 1_000
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				io.Copy(connection, bufio.NewReaderSize(connection, 64))
			}()
		}
	}()
	var group sync.WaitGroup
	group.Add(connections)
	begun := time.Now()
	for c := 0; c < connections; c++ {
		go func() {
			defer group.Done()
			connection, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				panic(err)
			}
			defer connection.Close()
			message := make([]byte, 16)
			for i := 0; i < rounds; i++ {
				connection.Write(message)
				io.ReadFull(connection, message)
			}
		}()
	}
	group.Wait()
	return perOperation(begun, connections*rounds)
}
