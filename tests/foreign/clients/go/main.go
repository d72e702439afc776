// A program over the client that openapi-generator makes in Go: it files, walks two pages, answers and reads events.
//
// Its arguments: the server's URL, the filing key, an agency's key, and the id of a report of that agency.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"

	"pendapa/client/pendapa"
)

func client(key string) *pendapa.APIClient {
	configuration := pendapa.NewConfiguration()
	configuration.Servers = pendapa.ServerConfigurations{{URL: os.Args[1]}}
	configuration.AddDefaultHeader("Authorization", "Bearer "+key)
	return pendapa.NewAPIClient(configuration)
}

func main() {
	background := context.Background()
	public, agency := client(os.Args[2]), client(os.Args[3])

	filing := pendapa.NewFiling("Jalan desa Tapelan kecamatan Kapas rusak, go")
	contact := pendapa.NewContact()
	contact.SetPhone("+62811000000")
	filing.SetContact(*contact)
	filed, answer, err := public.ReportsAPI.FileReport(background).Filing(*filing).Execute()
	check(err, answer)

	page, answer, err := public.ReportsAPI.ListReports(background).Limit(2).Status([]string{"disposed"}).Execute()
	check(err, answer)
	next, err := url.Parse(page.GetNext())
	check(err, nil)
	list := public.ReportsAPI.ListReports(background).Limit(2).Status([]string{"disposed"})
	second, answer, err := list.Cursor(next.Query().Get("cursor")).Execute()
	check(err, answer)
	pages := []string{}
	for _, report := range append(page.GetReports(), second.GetReports()...) {
		pages = append(pages, report.GetId())
	}

	respond := pendapa.NewRespond("Ditambal hari ini", true)
	answered, answer, err := agency.AgenciesAPI.RespondToReport(background, os.Args[4]).Respond(*respond).Execute()
	check(err, answer)
	events, answer, err := agency.AgenciesAPI.ListEvents(background).Limit(1).Execute()
	check(err, answer)

	said, err := json.Marshal(map[string]any{
		"filed":  filed.GetId(),
		"pages":  pages,
		"status": answered.GetStatus(),
		"event":  events.GetEvents()[0].GetType(),
	})
	check(err, nil)
	os.Stdout.Write(said)
}

func check(err error, answer *http.Response) {
	if err != nil {
		log.Fatal(err, answer)
	}
}
