// Checks a checkpoint and the proof of a report with Go's own packages for signed notes and transparency logs.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Checkpoint string
	Leaves     []struct {
		Index  int64
		Leaf   string
		Hashes []string
	}
}

func main() {
	key, answer := read(os.Args[1]), read(os.Args[2])
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	check(err)
	var content proof
	check(json.Unmarshal(answer, &content))
	opened, err := note.Open([]byte(content.Checkpoint), note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	var size int64
	_, err = fmt.Sscan(lines[1], &size)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	for _, leaf := range content.Leaves {
		var path tlog.RecordProof
		for _, each := range leaf.Hashes {
			path = append(path, hash(each))
		}
		commitment, err := hex.DecodeString(leaf.Leaf)
		check(err)
		check(tlog.CheckRecord(path, size, root, leaf.Index, tlog.RecordHash(commitment)))
	}
	fmt.Println(len(content.Leaves), "leaves proven in a tree of", size)
}

func hash(text string) (result tlog.Hash) {
	bytes, err := hex.DecodeString(text)
	check(err)
	copy(result[:], bytes)
	return result
}

func read(file string) []byte {
	bytes, err := os.ReadFile(file)
	check(err)
	return bytes
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
