package efsapi

import (
	"net/http"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// named finds the file system, and the access point where one was named, that a
// request is about: either is named by its id or its ARN.
func named(doc tree.Object, fileSystem, point string) (string, string, *wire.Fault) {
	fileSystem, point = id(fileSystem), id(point)
	switch {
	case fileSystem == "" && point == "":
		return "", "", wire.Faultf(http.StatusBadRequest, "BadRequest", "One of FileSystemId and AccessPointId must be provided.")
	case fileSystem != "" && point != "":
		return "", "", wire.Faultf(http.StatusBadRequest, "BadRequest", "Only one of FileSystemId and AccessPointId can be provided.")
	case point != "":
		o, ok := tree.Find(doc, "AccessPoints", "AccessPointId", point)
		if !ok {
			return "", "", wire.Faultf(http.StatusNotFound, "AccessPointNotFound", "Access point '%s' does not exist.", point)
		}
		return tree.Text(o, "FileSystemId"), point, nil
	}
	if _, ok := tree.Find(doc, "FileSystems", "FileSystemId", fileSystem); !ok {
		return "", "", wire.Faultf(http.StatusNotFound, "FileSystemNotFound", "File system '%s' does not exist.", fileSystem)
	}
	return fileSystem, "", nil
}

func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
