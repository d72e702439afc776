import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import pendapa.ApiClient;
import pendapa.api.AgenciesApi;
import pendapa.api.ReportsApi;
import pendapa.model.Contact;
import pendapa.model.Filing;
import pendapa.model.Report;
import pendapa.model.Respond;

/**
 * A program over the client that openapi-generator makes in Java: it files, walks two pages, answers and reads events.
 *
 * <p>Its arguments: the server's URL, the filing key, an agency's key, and the id of a report of that agency.
 */
class Main {
  static ApiClient client(String url, String key) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
    return client;
  }

  public static void main(String[] arguments) throws Exception {
    ReportsApi reports = new ReportsApi(client(arguments[0], arguments[1]));
    AgenciesApi agency = new AgenciesApi(client(arguments[0], arguments[2]));

    Filing filing = new Filing().text("Jalan desa Tapelan kecamatan Kapas rusak, java");
    filing.contact(new Contact().phone("+62811000000"));
    String filed =
        reports.fileReport(ReportsApi.APIFileReportRequest.newBuilder().filing(filing).build()).getId();

    var first = reports.listReports(ReportsApi.APIListReportsRequest.newBuilder().limit(2).status(List.of("disposed")).build());
    String cursor = first.getNext().replaceAll(".*cursor=", "");
    var rest = ReportsApi.APIListReportsRequest.newBuilder().limit(2).status(List.of("disposed")).cursor(cursor).build();
    var second = reports.listReports(rest);
    List<String> pages = new ArrayList<>();
    for (Report report : first.getReports()) pages.add(report.getId());
    for (Report report : second.getReports()) pages.add(report.getId());

    var respond = new Respond().text("Ditambal hari ini").acted(true);
    var answered =
        agency.respondToReport(
            AgenciesApi.APIRespondToReportRequest.newBuilder()
                .id(UUID.fromString(arguments[3]))
                .respond(respond)
                .build());
    var event =
        agency.listEvents(AgenciesApi.APIListEventsRequest.newBuilder().limit(1).build()).getEvents().get(0);

    Map<String, Object> said =
        Map.of(
            "filed", filed,
            "pages", pages,
            "status", answered.getStatus().getValue(),
            "event", event.getType().getValue());
    System.out.println(ApiClient.createDefaultObjectMapper().writeValueAsString(said));
  }
}
