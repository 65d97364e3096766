module github.com/agentcore-probe/probe/tools/mutants

go 1.26
