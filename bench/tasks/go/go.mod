module ballast.dev/bench/tasks

go 1.19
