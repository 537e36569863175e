package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// example is a program of the page's menu.
type example struct {
	Name    string `json:"name"` // part of addresses
	Title   string `json:"title"`
	Group   string `json:"group"`
	Text    string `json:"text"`
	Heading string `json:"heading,omitempty"` // of the API's description, where it comes from there
}

// exampleList is a script with our own programs, peers that misbehave, then those
// of the API's description, whose text stays as it is there.
func exampleList(root string) (string, error) {
	own, err := readExamples(filepath.Join(root, "web", "examples", "own"), "Framewise")
	if err != nil {
		return "", err
	}
	peers, err := readExamples(filepath.Join(root, "web", "examples", "peers"), "Peers that misbehave")
	if err != nil {
		return "", err
	}
	seed, err := readExamples(filepath.Join(root, "web", "examples"), "From the API’s description")
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(slices.Concat(own, peers, seed))
	return "export default " + string(text) + ";", err
}

// readExamples reads the programs that a folder's list.json names.
func readExamples(dir, group string) ([]example, error) {
	name := filepath.Join(dir, "list.json")
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []struct{ Name, File, Title, Heading string }
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []example
	for _, l := range list {
		text, err := os.ReadFile(filepath.Join(dir, l.File))
		if err != nil {
			return nil, err
		}
		if l.Name == "" {
			l.Name = strings.TrimSuffix(l.File, ".js")
		}
		out = append(out, example{Name: l.Name, Title: l.Title, Group: group, Text: string(text), Heading: l.Heading})
	}
	return out, nil
}
